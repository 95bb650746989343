"""Segments from one web process, with access checks, against an nginx with two workers and none."""

from statistics import median

from bench.films import RENDITION, add_film
from bench.nginx import nginx
from bench.result import Result
from bench.server import running_server
from bench.wrk import CONNECTIONS, load

SIZES = {"5 MB": (5_000_000, 0.95), "0.6 MB": (600_000, 0.75)}
SECONDS = 4
RUNS = 5


async def measure() -> list[Result]:
    lines = []
    async with running_server(WEB_PROCESSES="1") as server:
        video_id = await add_film(server, "Segments", [size for size, _ in SIZES.values()])
        root = server.settings.data_dir / "media" / "films" / str(video_id) / "1" / RENDITION.name
        async with nginx(root, server.settings.data_dir / "nginx") as plain:
            for number, (name, (_, least)) in enumerate(SIZES.items()):
                file = f"{number:03d}.ts"
                ours, theirs = [], []
                for _ in range(RUNS):
                    ours.append(await load(server, f"/api/video/{video_id}/{RENDITION.name}/{file}?v=1", SECONDS))
                    theirs.append(await load(server, f"/{file}", SECONDS, at=plain))
                speeds = [median(one.gigabytes_per_second for one in each) for each in (ours, theirs)]
                ratio = speeds[0] / speeds[1]
                lines.append(
                    Result(
                        f"segments of {name}, {CONNECTIONS} connections",
                        f"{speeds[0]:.2f} GB/s, nginx {speeds[1]:.2f} GB/s: {ratio:.2f} ×",
                        f"≥ {least} ×",
                        ratio >= least,
                    )
                )
    return lines
