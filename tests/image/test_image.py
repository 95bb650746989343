"""The image is built from the Dockerfile, and its commands run as docker-compose.yml runs them."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import yaml

from tests.films import Films
from tests.fixtures.services import EMAIL, PASSWORD, Services
from tests.image.image import PROGRAMS, ROOT, Builder, Container, Image
from tests.programs import skip_or_fail
from videoflix.server import pgcluster

# Of it, 96 MB are ffmpeg and ffprobe, and 13 MB the client of the object store.
MAX_SIZE = 180_000_000


@pytest.fixture
def image(tmp_path: Path) -> Iterator[Image]:
    if os.geteuid() != 0:
        skip_or_fail("only root can build the image and mount its file system")
    if missing := [program for program in PROGRAMS if not shutil.which(program)]:
        skip_or_fail(f"{missing} are not installed")
    builder = Builder(tmp_path)
    yield builder.build()
    builder.close()


@pytest.fixture
def open_sockets(services: Services) -> Iterator[None]:
    """PostgreSQL and Redis let user 1000 in; their sockets are their owners' otherwise."""
    folders = (services.paths.postgres_socket, services.paths.redis_socket)
    for folder in folders:
        for path in (folder, *(path for path in folder.iterdir() if path.is_socket())):
            path.chmod(0o777)
    yield
    for folder in folders:
        folder.chmod(0o700)


@pytest.fixture
def container(
    image: Image, services: Services, open_sockets: None, environ: dict[str, str], port: int, tmp_path: Path
) -> Container:
    """The container of a service of docker-compose.yml, with an empty database and an empty data folder."""
    data = tmp_path / "volume"
    data.mkdir()
    os.chown(data, 1000, 1000)
    name = f"image_{uuid4().hex}"
    pgcluster.ensure_database(services.paths, name, "videoflix", environ["DB_PASSWORD"])
    own = {"DB_NAME": name, "PORT": str(port), "ADMIN_EMAIL": EMAIL, "ADMIN_PASSWORD": PASSWORD}
    composed = {key: value for key, value in _service("web")["environment"].items() if "$" not in value}
    for ours in ("DB_HOST", "DB_PORT", "REDIS_LOCATION"):  # sockets
        del composed[ours]
    outside = {key: value for key, value in environ.items() if key not in ("PATH", "VIDEOFLIX_HOME")}
    return Container(image, data, services.paths.data, {**outside, **composed, **own})


def _service(name: str) -> dict[str, Any]:
    service: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"][name]
    return service


async def test_the_image_is_small_and_a_film_plays(container: Container, films: Films) -> None:
    assert container.image.size <= MAX_SIZE
    assert container.image.config["User"] == "1000:1000"
    assert _service("web")["read_only"]
    assert "Read-only file system" in container.execute("touch", "/opt/videoflix/new").stdout

    migrated = container.run(*_service("migrate")["command"])
    assert migrated.returncode == 0, migrated.stdout
    film = shutil.copy(films.make(), container.data / "film.mp4")
    os.chown(film, 1000, 1000)
    with ExitStack() as running:
        started = [_start(running, container, name) for name in ("web", "worker-mail", "worker-transcode")]
        _wait_until_healthy(container, started[0])
        added = container.run("add-video", "/data/film.mp4", "--title", "Film")
        assert added.returncode == 0, added.stdout
        await _play(f"http://127.0.0.1:{container.environ['PORT']}")
        checked = container.run("doctor")
        assert "no problems found" in checked.stdout, checked.stdout
        saved = container.run("backup", "/data/backup")
        assert saved.returncode == 0, saved.stdout
        for process in started:
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=20)
            assert process.returncode == 0, output


def _start(running: ExitStack, container: Container, service: str) -> "subprocess.Popen[str]":
    process = container.start(*container.image.config["Entrypoint"], *_service(service)["command"])
    running.callback(process.kill)
    return running.enter_context(process)


def _wait_until_healthy(container: Container, web: "subprocess.Popen[str]") -> None:
    """Until the checks of the image and of docker-compose.yml succeed."""
    deadline = time.monotonic() + 60
    for check in (_service("web")["healthcheck"]["test"], container.image.config["Healthcheck"]["Test"]):
        while (done := container.execute(*check[1:])).returncode:
            assert web.poll() is None, web.communicate()[0]
            assert time.monotonic() < deadline, done.stdout


async def _play(address: str) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(address, cookie_jar=jar, raise_for_status=True) as session:
        await session.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
        (film,) = await (await session.get("/api/video/")).json()
        playlist = await (await session.get(f"/api/video/{film['id']}/480p/index.m3u8")).text()
        segment = next(line for line in playlist.splitlines() if not line.startswith("#"))
        body = await (await session.get(f"/api/video/{film['id']}/480p/{segment}")).read()
        assert body[0] == 0x47, "not MPEG-TS"
        page = await (await session.get("/")).text()
        assert "cdn." not in page, "the scripts from npm are not in the image"
    async with (
        aiohttp.ClientSession(address) as nobody,
        nobody.get(f"/api/video/{film['id']}/480p/{segment}") as answer,
    ):
        assert answer.status == 401
