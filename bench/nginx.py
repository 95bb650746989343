"""A plain nginx beside us: two workers that send the same files to everyone, as the mark to be measured against."""

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.house import free_port
from bench.result import NotMade
from videoflix.children import bound_to_parent

CONFIGURATION = """
worker_processes 2;
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
{user}
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
    """The address under which the files of `root` are served. Raises NotMade where there is no nginx."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise NotMade("nginx is not there (Debian and Ubuntu: apt-get install nginx-light)")
    port = free_port()
    folder.mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, root=root, port=port, user=user))
    process = await asyncio.create_subprocess_exec(
        *(program, "-c", str(folder / "nginx.conf"), "-p", str(folder)),
        stdout=DEVNULL,
        stderr=DEVNULL,
        preexec_fn=bound_to_parent(signal.SIGTERM),
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
    raise NotMade(f"nginx does not start: {(folder / 'error.log').read_text()}")
