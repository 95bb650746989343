"""Segments through the gateway, with its access check, against an nginx that serves the same file publicly."""

from statistics import median

from bench.films import RENDITION, add_film
from bench.nginx import gateway, nginx
from bench.result import Result
from bench.server import running_server
from bench.wrk import CONNECTIONS, load

SEGMENT_BYTES, MIN = 600_000, 0.90
SECONDS = 4
RUNS = 5


async def measure() -> list[Result]:
    async with running_server(WEB_PROCESSES="1") as server:
        video_id = await add_film(server, "Segments", [SEGMENT_BYTES])
        data = server.settings.data_dir
        root = data / "media" / "films" / str(video_id) / "1" / RENDITION.name
        async with nginx(root, data / "nginx") as plain, gateway(server, data / "gateway") as guarded:
            ours, theirs = [], []
            for _ in range(RUNS):
                path = f"/api/video/{video_id}/{RENDITION.name}/000.ts?v=1"
                ours.append(await load(server, path, SECONDS, at=guarded))
                theirs.append(await load(server, "/000.ts", SECONDS, at=plain))
    speeds = [median(one.gigabytes_per_second for one in each) for each in (ours, theirs)]
    ratio = speeds[0] / speeds[1]
    return [
        Result(
            f"segments of 0.6 MB through the gateway, {CONNECTIONS} connections",
            f"{speeds[0]:.2f} GB/s, nginx {speeds[1]:.2f} GB/s: {ratio:.2f} ×",
            f"≥ {MIN} ×",
            ratio >= MIN,
        )
    ]
