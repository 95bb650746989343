"""Throughput of an upload, against dd to the same disk, and the memory it takes in the web processes."""

import asyncio
import os
import socket
import subprocess
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import aiohttp

from bench.memory import measure_ours
from bench.result import NotMeasured, Result
from bench.server import Server, running_server

BYTES, BLOCK = 10_000_000_000, 1_000_000
MIN_RATIO, MAX_MEGABYTES = 0.8, 20
SAMPLE_SECONDS = 0.25
# The magic number of Matroska; random bytes follow, which no disk can compress.
MAGIC = b"\x1a\x45\xdf\xa3"


async def measure() -> list[Result]:
    async with running_server() as server:
        media = server.settings.data_dir / "media"
        before = await asyncio.to_thread(_dd, media / "dd")
        uploaded, more = await _upload(server)
        after = await asyncio.to_thread(_dd, media / "dd")
    disk = (before + after) / 2
    ratio = uploaded / disk
    measured = f"{uploaded:.0f} MB/s, dd {disk:.0f} MB/s: {ratio:.2f}"
    return [
        Result(f"an upload of {BYTES // 1_000_000_000} GB", measured, f"≥ {MIN_RATIO} × dd", ratio >= MIN_RATIO),
        Result("growth of memory meanwhile", f"{more:.0f} MB", f"≤ {MAX_MEGABYTES} MB", more <= MAX_MEGABYTES),
    ]


def _dd(target: Path) -> float:
    """Megabytes per second, including fsync."""
    begin = perf_counter()
    words = ("if=/dev/zero", f"of={target}", f"bs={BLOCK}", f"count={BYTES // BLOCK}", "conv=fsync", "status=none")
    subprocess.run(["dd", *words], check=True)
    took = perf_counter() - begin
    target.unlink()
    return BYTES / 1e6 / took


async def _upload(server: Server) -> tuple[float, float]:
    """Megabytes per second until the last response, and the growth of memory in megabytes."""
    headers = {**server.cookie, "Tus-Resumable": "1.0.0"}
    async with aiohttp.ClientSession(server.url, headers=headers) as session:
        # one byte more than is sent, so that the upload never completes
        length = {"Upload-Duration": str(BYTES + 1)}
        async with session.post("/api/admin/uploads/", headers=length) as answer:
            if answer.status != 201:
                raise NotMeasured(f"the upload returns {answer.status}: {await answer.text()}")
            path = answer.headers["Location"]
        idle = most = _megabytes(server)
        begin = perf_counter()
        sending = asyncio.create_task(asyncio.to_thread(_send, server.url, path, headers))
        while not sending.done():
            await asyncio.wait({sending}, timeout=SAMPLE_SECONDS)
            most = max(most, _megabytes(server))
        await sending
        took = perf_counter() - begin
        async with session.delete(path):
            pass
    return BYTES / 1e6 / took, most - idle


def _megabytes(server: Server) -> float:
    return sum(size for name, size in measure_ours(server.process_id)[1].items() if name.startswith("serve"))


def _send(url: str, path: str, headers: dict[str, str]) -> None:
    """Send with a plain socket, as the client must not be the bottleneck."""
    target = urlsplit(url)
    head = {
        **headers,
        "Host": target.netloc,
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
        "Content-Duration": str(BYTES),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    noise = MAGIC + os.urandom(BLOCK - len(MAGIC))
    with socket.create_connection((target.hostname, target.port)) as connection:
        connection.sendall(f"PATCH {path} HTTP/1.1\r\n{lines}\r\n".encode())
        for _ in range(BYTES // BLOCK):
            connection.sendall(noise)
        status = connection.recv(4096).split(b"\r\n")[0]
    if b" 204 " not in status:
        raise NotMeasured(f"the upload returns {status.decode()}")
