"""Segments through nginx as a CDN, against an nginx that serves the file publicly, and playlists with signatures."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import time
from uuid import uuid4

from msgspec import Struct

from bench.films import RENDITION, add_film
from bench.nginx import cdn, nginx
from bench.processes import cpu_seconds, descendants
from bench.result import Result
from bench.server import Server, running_server
from bench.wrk import CONNECTIONS, load
from videoflix.streaming.signing import signer_of

SEGMENT_BYTES, MIN = 600_000, 0.90
SEGMENTS = 900  # a film of 90 minutes
SECONDS = 4
RUNS = 5


class Source(Struct):
    """Where nginx has a segment: the address of nginx, its folder, and the path and headers of the request."""

    what: str
    at: str
    folder: Path
    path: str
    headers: tuple[str, ...] = ()
    speeds: list[float] = []
    cpu_seconds: list[float] = []

    @property
    def speed(self) -> float:
        """GB/s."""
        return median(self.speeds)

    @property
    def cpu_microseconds(self) -> float:
        """CPU time of nginx for a segment."""
        return median(self.cpu_seconds) * 1e6


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
        async with (
            nginx(root, data / "nginx") as plain,
            cdn(server, data / "cdn") as files,
            cdn(server, data / "edge", files) as pull,
        ):
            await load(server, signed, 1, at=pull)
            begin = await asyncio.to_thread(_begin_in_cache, data / "edge" / "cache")
            sources = (
                Source("public", plain, data / "nginx", "/000.ts"),
                Source("from the disk", files, data / "cdn", signed),
                Source("from the cache of a CDN", pull, data / "edge", signed),
                Source(
                    f"from the disk, from byte {begin} on", files, data / "cdn", signed, (f"Range: bytes={begin}-",)
                ),
            )
            for _ in range(RUNS):
                for source in sources:
                    await _load(server, source)
    return [
        Result(f"playlists of {SEGMENTS} signed segments, one web process", f"{playlists:,.0f}/s"),
        *_results(*sources),
    ]


def _begin_in_cache(cache: Path) -> int:
    """The byte of the file in the cache at which the segment begins, after what nginx keeps with it."""
    (file,) = (path for path in cache.rglob("*") if path.is_file())
    return file.stat().st_size - SEGMENT_BYTES


async def _load(server: Server, source: Source) -> None:
    before = _cpu_seconds(source.folder)
    found = await load(server, source.path, SECONDS, at=source.at, headers=source.headers)
    source.speeds.append(found.gigabytes_per_second)
    source.cpu_seconds.append((_cpu_seconds(source.folder) - before) / found.requests)


def _cpu_seconds(folder: Path) -> float:
    """Of the workers of an nginx."""
    return sum(cpu_seconds(process) for process in descendants(int((folder / "nginx.pid").read_text())))


def _results(public: Source, disk: Source, cache: Source, unaligned: Source) -> Iterator[Result]:
    """The client has a core for itself, and copies more slowly what does not begin with a page of memory: hence the
    comparison with a file that is read from there on, and the CPU time of nginx."""
    for source, other in ((disk, public), (cache, public), (cache, unaligned)):
        what = f"signed segments of 0.6 MB, {source.what}, {CONNECTIONS} connections"
        figures = f"{source.speed:.2f} GB/s, {other.what} {other.speed:.2f} GB/s"
        yield _result(what, figures, source.speed / other.speed)
    what = f"CPU time of nginx for a signed segment, {cache.what}"
    figures = f"{cache.cpu_microseconds:.0f} µs, {disk.what} {disk.cpu_microseconds:.0f} µs"
    yield _result(what, figures, disk.cpu_microseconds / cache.cpu_microseconds)


def _result(what: str, figures: str, ratio: float) -> Result:
    return Result(what, f"{figures}: {ratio:.2f} ×", f"≥ {MIN} ×", ratio >= MIN)
