"""Starts nginx: as a plain file server to compare with, and as the gateway and the CDN of `deploy/`."""

import asyncio
import os
import re
import shutil
import signal
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from bench.result import NotMeasured
from bench.server import Server, free_port
from videoflix.server.children import die_with_parent

DEPLOY = Path(__file__).parent.parent / "deploy"
CONFIGURATION = """
worker_processes 2;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    open_file_cache max=1000;
    types {{ video/MP2T ts; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


@asynccontextmanager
async def nginx(root: Path, folder: Path) -> AsyncIterator[str]:
    """Serve the files of `root` with two workers; the address. Raises NotMeasured if nginx is not installed."""
    port = free_port()
    async with _running(CONFIGURATION.format(folder=folder, root=root, port=port), folder, port) as url:
        yield url


@asynccontextmanager
async def gateway(server: Server, folder: Path, *others: str) -> AsyncIterator[str]:
    """Run the gateway before a server and `others` at these addresses; its own address. Raises NotMeasured if nginx
    is not installed."""
    port = free_port()
    values = {
        "LISTEN": f"127.0.0.1:{port}",
        "UPSTREAM": "; server ".join(url.removeprefix("http://") for url in (server.url, *others)),
        "FILMS": str(server.settings.data_dir / "media" / "films"),
        "SCRATCH": str(folder),
        "LOG": str(folder / "requests.log"),
        "ORIGINS": "http://127.0.0.1:5500",
        "TRUSTED_ORIGINS": "",
        "FRONTEND": "",
    }
    async with _running(_filled("nginx", values), folder, port) as url:
        yield url


@asynccontextmanager
async def cdn(server: Server, folder: Path, pull_from: str | None = None) -> AsyncIterator[str]:
    """Run nginx as a CDN with the films of a server, or one that pulls them from another; the address. Raises
    NotMeasured if nginx is not installed."""
    port = free_port()
    values = {
        "LISTEN": f"127.0.0.1:{port}",
        "FILMS": str(server.settings.data_dir / "media" / "films"),
        "SCRATCH": str(folder),
        "LOG": "/dev/null",
        "SECRET": server.settings.cdn_secret,
        "ORIGIN_SECRET": "of-the-origin",
        "PULL_FROM": pull_from or "",
        "PULL_PATH": "/origin",
        "CACHE": str(folder / "cache"),
        "CACHE_SIZE": "1g",
    }
    more = {"source": _filled("cdn-pull" if pull_from else "cdn-files", values)}
    more |= {"cache": _filled("cdn-cache", values)} if pull_from else {}
    async with _running(_filled("cdn", values), folder, port, more) as url:
        yield url


def _filled(template: str, values: dict[str, str]) -> str:
    text = (DEPLOY / f"{template}.conf.template").read_text()
    return re.sub(r"\$\{(?:GATEWAY|CDN)_(\w+)\}", lambda found: values[found[1]], text)


@asynccontextmanager
async def _running(
    configuration: str, folder: Path, port: int, more: Mapping[str, str] | None = None
) -> AsyncIterator[str]:
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise NotMeasured("nginx is not installed (Debian and Ubuntu: apt-get install nginx-light)")
    folder.mkdir()
    for name, text in {**(more or {}), "nginx": configuration}.items():
        (folder / f"{name}.conf").write_text(text)
    options = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
    with (folder / "error.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(program, "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf"), "-g", options),
            stdout=DEVNULL,
            stderr=log,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
    try:
        await _ready(process, port, folder)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await process.wait()


async def _ready(process: asyncio.subprocess.Process, port: int, folder: Path) -> None:
    while process.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        return
    raise NotMeasured(f"nginx does not start: {(folder / 'error.log').read_text()}")
