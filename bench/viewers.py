"""A thousand viewers at once for five minutes, alone and with slow readers, and films outside of the page cache."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import perf_counter

from msgspec import Struct

from bench.films import RENDITION, add_film
from bench.memory import measure_ours
from bench.result import Result
from bench.server import Server, running_server

VIEWERS, SLOW, COLD = 1000, 500, 50
SEGMENT_BYTES, SEGMENT_SECONDS, SEGMENTS = 600_000, 6.0, 50
SLOW_BYTES = 64_000  # per second
MINUTES = 5.0
MAX_FIRST_BYTE, MAX_MEMORY, MAX_HEALTH = 0.050, 150.0, 0.020
GROWTH = 1.1
COLD_SECONDS = 20.0


class Observed(Struct):
    """What the clients observed: seconds to each first byte, and errors."""

    first_bytes: list[float]
    errors: list[str]


async def measure() -> list[Result]:
    async with running_server() as server:
        video_id = await add_film(server, "Crowd", [SEGMENT_BYTES] * SEGMENTS)
        path = f"/api/video/{video_id}/{RENDITION.name}/{{:03d}}.ts?v=1"
        lines = await _crowd(server, path, slow=0)
        lines += await _crowd(server, path, slow=SLOW)
        return [*lines, await _cold(server)]


async def _crowd(server: Server, path: str, *, slow: int) -> list[Result]:
    seen = Observed([], [])
    end = perf_counter() + MINUTES * 60
    readers = [asyncio.create_task(_viewer(server, path, number, end, seen)) for number in range(VIEWERS)]
    readers += [asyncio.create_task(_slow(server, path, number, end, seen)) for number in range(slow)]
    await asyncio.sleep(MINUTES * 60 / 5)
    early = _web_memory(server)
    await asyncio.sleep(max(0, end - perf_counter() - 2))
    late = _web_memory(server)
    await asyncio.gather(*readers)
    p99 = sorted(seen.first_bytes)[int(len(seen.first_bytes) * 0.99)]
    who = f"{VIEWERS} viewers" + (f" and {slow} slow readers" if slow else "") + f", {MINUTES:.0f} min"
    return [
        Result(
            f"{who}: errors",
            f"{len(seen.errors)} of {len(seen.first_bytes):,} {seen.errors[:1]}",
            "0",
            not seen.errors,
        ),
        Result(
            f"{who}: p99 of the first byte",
            f"{p99 * 1e3:.1f} ms",
            f"≤ {MAX_FIRST_BYTE * 1e3:.0f} ms",
            p99 <= MAX_FIRST_BYTE,
        ),
        Result(
            f"{who}: memory of a web process, early and late",
            f"{early:.0f} MB, {late:.0f} MB",
            f"≤ {MAX_MEMORY:.0f} MB, flat",
            late <= MAX_MEMORY and late <= early * GROWTH,
        ),
    ]


async def _viewer(server: Server, path: str, number: int, end: float, seen: Observed) -> None:
    """Request a segment every six seconds over one connection, as a player does."""
    due = perf_counter() + number / VIEWERS * SEGMENT_SECONDS
    try:
        async with _connection(server) as (reader, writer):
            segment = number
            while due < end:
                await asyncio.sleep(max(0, due - perf_counter()))
                begin = perf_counter()
                length = await _request(reader, writer, server, path.format(segment % SEGMENTS))
                seen.first_bytes.append(perf_counter() - begin)
                while length:
                    length -= len(await _read(reader, min(length, 262_144)))
                segment += 1
                due += SEGMENT_SECONDS
    except (OSError, ValueError, asyncio.IncompleteReadError) as failure:
        seen.errors.append(repr(failure))


async def _slow(server: Server, path: str, number: int, end: float, seen: Observed) -> None:
    """Read segments at SLOW_BYTES per second."""
    try:
        async with _connection(server, receive=16_384) as (reader, writer):
            while perf_counter() < end:
                length = await _request(reader, writer, server, path.format(number % SEGMENTS))
                while length and perf_counter() < end:
                    await asyncio.sleep(0.25)
                    wanted = min(length, SLOW_BYTES // 4)
                    await reader.readexactly(wanted)
                    length -= wanted
                if length:
                    return
    except (OSError, ValueError, asyncio.IncompleteReadError) as failure:
        seen.errors.append(repr(failure))


async def _cold(server: Server) -> Result:
    """The latency of other requests while segments are read from the disk."""
    video_id = await add_film(server, "Cold", [SEGMENT_BYTES * 10] * SEGMENTS)
    path = f"/api/video/{video_id}/{RENDITION.name}/{{:03d}}.ts?v=1"
    folder = server.settings.data_dir / "media" / "films" / str(video_id) / "1" / RENDITION.name
    os.sync()
    end, seen, waits = perf_counter() + COLD_SECONDS, Observed([], []), []
    readers = [asyncio.create_task(_viewer(server, path, number * 20, end, seen)) for number in range(COLD)]
    async with _connection(server) as (reader, writer):
        while perf_counter() < end:
            _drop_cache(folder)
            begin = perf_counter()
            await reader.readexactly(await _request(reader, writer, server, "/health"))
            waits.append(perf_counter() - begin)
            await asyncio.sleep(0.05)
    await asyncio.gather(*readers)
    p99 = sorted(waits)[int(len(waits) * 0.99)]
    what = f"p99 of /health, {COLD} viewers of films that are not cached ({len(seen.errors)} errors)"
    return Result(what, f"{p99 * 1e3:.1f} ms", f"≤ {MAX_HEALTH * 1e3:.0f} ms", p99 <= MAX_HEALTH and not seen.errors)


def _drop_cache(folder: Path) -> None:
    """Drop these files from the page cache."""
    for file in folder.iterdir():
        descriptor = os.open(file, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


@asynccontextmanager
async def _connection(
    server: Server, receive: int | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    connection = socket.socket()
    connection.setblocking(False)
    if receive:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    await asyncio.get_running_loop().sock_connect(connection, (server.settings.host, server.settings.port))
    reader, writer = await asyncio.open_connection(sock=connection, limit=receive or 1_000_000)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: Server, path: str) -> int:
    """Send a request and return the length of the body. Raises ValueError unless the status is 200."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {server.cookie['Cookie']}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise ValueError(head[:40].decode())
    return int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])


async def _read(reader: asyncio.StreamReader, most: int) -> bytes:
    data = await reader.read(most)
    if not data:
        raise ConnectionResetError("the response ended early")
    return data


def _web_memory(server: Server) -> float:
    """Megabytes of the largest web process."""
    _, sizes = measure_ours(server.process_id)
    return max(size for name, size in sizes.items() if name.startswith("serve"))
