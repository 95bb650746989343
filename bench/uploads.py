"""How fast a film is uploaded, against dd to the same disk, and what it costs the web processes in memory."""

import asyncio
import os
import socket
import subprocess
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import aiohttp

from bench.house import House, house
from bench.memory import measure_ours
from bench.result import NotMade, Result

BYTES, BLOCK = 10_000_000_000, 1_000_000
MIN_RATIO, MAX_MEGABYTES = 0.8, 20
LOOK_SECONDS = 0.25
# The beginning of a film; what follows is noise, which no disk makes smaller.
MAGIC = b"\x1a\x45\xdf\xa3"


async def measure() -> list[Result]:
    async with house() as running:
        media = running.settings.data_dir / "media"
        before = await asyncio.to_thread(_dd, media / "dd")
        uploaded, more = await _upload(running)
        after = await asyncio.to_thread(_dd, media / "dd")
    disk = (before + after) / 2
    ratio = uploaded / disk
    told = f"{uploaded:.0f} MB/s, dd {disk:.0f} MB/s: {ratio:.2f}"
    return [
        Result(f"an upload of {BYTES // 1_000_000_000} GB", told, f"≥ {MIN_RATIO} × dd", ratio >= MIN_RATIO),
        Result("memory more meanwhile", f"{more:.0f} MB", f"≤ {MAX_MEGABYTES} MB", more <= MAX_MEGABYTES),
    ]


def _dd(target: Path) -> float:
    """Megabytes per second until all of them are safe."""
    begin = perf_counter()
    words = ("if=/dev/zero", f"of={target}", f"bs={BLOCK}", f"count={BYTES // BLOCK}", "conv=fsync", "status=none")
    subprocess.run(["dd", *words], check=True)
    took = perf_counter() - begin
    target.unlink()
    return BYTES / 1e6 / took


async def _upload(running: House) -> tuple[float, float]:
    """Megabytes per second until the server has said that all are safe, and megabytes of memory."""
    headers = {**running.cookie, "Tus-Resumable": "1.0.0"}
    async with aiohttp.ClientSession(running.url, headers=headers) as session:
        # a byte more than will come, or a worker would take it for a film
        length = {"Upload-Length": str(BYTES + 1)}
        async with session.post("/api/admin/uploads/", headers=length) as answer:
            if answer.status != 201:
                raise NotMade(f"the upload is answered with {answer.status}: {await answer.text()}")
            path = answer.headers["Location"]
        idle = most = _megabytes(running)
        begin = perf_counter()
        sending = asyncio.create_task(asyncio.to_thread(_send, running.url, path, headers))
        while not sending.done():
            await asyncio.wait({sending}, timeout=LOOK_SECONDS)
            most = max(most, _megabytes(running))
        await sending
        took = perf_counter() - begin
        async with session.delete(path):
            pass
    return BYTES / 1e6 / took, most - idle


def _megabytes(running: House) -> float:
    return sum(size for name, size in measure_ours(running.process_id)[1].items() if name.startswith("serve"))


def _send(url: str, path: str, headers: dict[str, str]) -> None:
    """As cheaply as it can be done: what is measured is the server."""
    place = urlsplit(url)
    told = {
        **headers,
        "Host": place.netloc,
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(BYTES),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    noise = MAGIC + os.urandom(BLOCK - len(MAGIC))
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(f"PATCH {path} HTTP/1.1\r\n{lines}\r\n".encode())
        for _ in range(BYTES // BLOCK):
            connection.sendall(noise)
        status = connection.recv(4096).split(b"\r\n")[0]
    if b" 204 " not in status:
        raise NotMade(f"the upload is answered with {status.decode()}")
