"""Segments through nginx as a CDN, against an nginx that serves the file publicly, and playlists with signatures."""

from statistics import median
from time import time
from uuid import uuid4

from bench.films import RENDITION, add_film
from bench.nginx import cdn, nginx
from bench.result import Result
from bench.server import running_server
from bench.wrk import CONNECTIONS, load
from videoflix.streaming.signing import signer_of

SEGMENT_BYTES, MIN = 600_000, 0.90
SEGMENTS = 900  # a film of 90 minutes
SECONDS = 4
RUNS = 5


async def measure() -> list[Result]:
    settings = {"DELIVERY": "cdn", "CDN_URL": "http://127.0.0.1", "CDN_SECRET": uuid4().hex}
    async with running_server(WEB_PROCESSES="1", **settings) as server:
        video_id = await add_film(server, "Segments", [SEGMENT_BYTES])
        long = await add_film(server, "Playlist", [1000] * SEGMENTS)
        playlist = f"/api/video/{long}/{RENDITION.name}/index.m3u8"
        playlists = median([(await load(server, playlist, SECONDS)).per_second for _ in range(RUNS)])
        signer, data = signer_of(server.settings), server.settings.data_dir
        assert signer
        folder = signer.folder(f"/{video_id}/1/", 0, uuid4(), time()).address.removeprefix(server.settings.cdn_url)
        signed = f"{folder}{RENDITION.name}/000.ts"
        root = data / "media" / "films" / str(video_id) / "1" / RENDITION.name
        speeds: dict[str, list[float]] = {"plain": [], "files": [], "pull": []}
        async with (
            nginx(root, data / "nginx") as plain,
            cdn(server, data / "cdn") as files,
            cdn(server, data / "edge", files) as pull,
        ):
            for _ in range(RUNS):
                for name, at, path in (
                    ("plain", plain, "/000.ts"),
                    ("files", files, signed),
                    ("pull", pull, signed),
                ):
                    speeds[name].append((await load(server, path, SECONDS, at=at)).gigabytes_per_second)
    local = median(speeds["plain"])
    return [
        Result(f"playlists of {SEGMENTS} signed segments, one web process", f"{playlists:,.0f}/s"),
        *(
            Result(
                f"segments of 0.6 MB with a signature, {what}, {CONNECTIONS} connections",
                f"{median(speeds[name]):.2f} GB/s, nginx {local:.2f} GB/s: {median(speeds[name]) / local:.2f} ×",
                f"≥ {MIN} ×",
                median(speeds[name]) / local >= MIN,
            )
            for name, what in (("files", "from the disk"), ("pull", "from the cache of a CDN"))
        ),
    ]
