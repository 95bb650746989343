"""bin/start with an empty data folder, as in a fresh installation."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import time
from pathlib import Path

import aiohttp
import psycopg
import pytest

from tests.fixtures.services import Services
from tests.fixtures.stack import Start
from videoflix.cli.start import defaults
from videoflix.settings import Settings


async def test_a_first_start_leads_to_a_login_and_a_stop_or_a_kill_leaves_no_process(
    start_stack: Start, port: int, data: Path
) -> None:
    for file in data.iterdir():
        file.unlink()
    stack = start_stack(port)
    ready = stack.until("is ready at")
    assert f"Videoflix is ready at {stack.address} " in ready
    generated = re.search(r"log in as (\S+) with the password ([\w-]+)\)", ready)
    assert generated
    login = {"email": generated[1], "password": generated[2]}
    assert stack.until("| films: ").rstrip().endswith(str(stack.data / "media"))
    log = Path(stack.until("| log: ").rstrip().split("log: ")[1])
    assert stack.until("| stop: ").rstrip().endswith(f"kill {stack.process.pid}")
    assert "starting PostgreSQL and Redis" in log.read_text()
    assert generated[2] not in log.read_text()
    async with aiohttp.ClientSession(stack.address, cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        async with client.post("/api/login/", json=login) as answer:
            assert answer.status == 200
        async with client.get("/api/video/") as answer:
            assert await answer.json() == []
        os.kill(stack.child("serve"), signal.SIGKILL)
        stack.until("web ended unexpectedly")
        deadline = time.monotonic() + 30
        while True:
            try:
                async with client.get("/api/video/") as answer:
                    assert answer.status == 200
                    break
            except aiohttp.ClientConnectionError:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)
    second = start_stack(port)
    second.until("is already running")
    assert second.process.wait(10) == 1
    assert stack.stop(signal.SIGINT) == 0
    assert stack.left_over() == []

    again = start_stack(port)
    ready = again.until("is ready at")
    assert "password" not in ready
    async with aiohttp.ClientSession(stack.address) as client, client.post("/api/login/", json=login) as answer:
        assert answer.status == 200
    again.stop(signal.SIGKILL)
    async with asyncio.timeout(30):
        while again.left_over():
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_cookies_work_over_plain_http_on_a_loopback_address(host: str) -> None:
    assert defaults({"HOST": host}) == {"HOST": host, "COOKIE_SECURE": "False"}
    assert defaults({"HOST": host, "COOKIE_SECURE": "True"})["COOKIE_SECURE"] == "True"
    assert "COOKIE_SECURE" not in defaults({"HOST": "192.168.1.2"})


def test_links_in_mails_that_lead_to_the_readers_machine_are_reported(start_stack: Start, port: int) -> None:
    stack = start_stack(port, HOST="0.0.0.0", DEBUG="True")  # noqa: S104
    said = stack.until("links in mails begin with")
    assert f"http://127.0.0.1:{port}" in said
    assert "PUBLIC_URL" in said


@pytest.mark.skipif(os.getuid() != 0, reason="only root needs another user for PostgreSQL")
def test_as_root_in_a_private_folder_postgresql_uses_another_folder_and_reports_it(
    start_stack: Start, port: int, data: Path
) -> None:
    data.chmod(0o700)
    stack = start_stack(port)
    place = stack.until("PostgreSQL's data is in").split("data is in ")[1].partition(", where")[0]
    stack.until("is ready at")
    assert stack.stop() == 0
    assert stack.left_over() == []
    assert data.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(Path(place).parent)


async def test_with_log_format_json_every_line_of_all_processes_is_json(start_stack: Start, port: int) -> None:
    stack = start_stack(port, LOG_FORMAT="json")
    assert json.loads(stack.until("is ready at"))["logger"] == "videoflix"
    async with aiohttp.ClientSession(stack.address) as client, client.get("/api/video/") as answer:
        number = answer.headers["X-Request-ID"]
    assert stack.stop(signal.SIGINT) == 0
    events = [json.loads(line) for line in stack.log]
    assert [event["logger"] for event in events if event.get("request_id") == number] == ["aiohttp.access"]
    assert [event for event in events if "worker is ready" in event["message"]]


def test_a_port_in_use_is_reported_in_one_line(start_stack: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        stack = start_stack(taken.getsockname()[1])
        assert stack.process.wait(90) == 1
        assert stack.process.stdout
        said = stack.process.stdout.read()
    assert said.count("\n") == 1
    assert "PORT" in said
    assert stack.left_over() == []


@pytest.mark.parametrize(
    ("variables", "words", "status"),
    [
        ({"TIME_ZONE": "Mars"}, "TIME_ZONE", 2),
        ({"SECRET_KEY": "secret"}, "SECRET_KEY", 2),
        ({"DB_HOST": "127.0.0.1", "DB_PORT": "1"}, "database does not answer", 1),
        ({"DB_HOST": "db"}, "leave DB_HOST out of .env", 2),
        ({"REDIS_HOST": "redis"}, "leave REDIS_HOST out of .env", 2),
        ({"DATA_DIR": "/proc/nowhere"}, "/proc/nowhere cannot be used", 1),
        ({"REDIS_LOCATION": "redis://cache:6379/1"}, "leave REDIS_LOCATION out of .env", 2),
        ({"FFMPEG": "/nowhere/ffmpeg"}, "FFMPEG", 1),
        ({"ADMIN_EMAIL": "root", "ADMIN_PASSWORD": "long enough"}, "ADMIN_EMAIL", 2),
    ],
    ids=str,
)
def test_a_wrong_setting_is_reported_and_no_process_is_left(
    start_stack: Start, port: int, variables: dict[str, str], words: str, status: int
) -> None:
    stack = start_stack(port, **variables)
    said, _ = stack.process.communicate(timeout=30)
    assert stack.process.returncode == status, said
    assert words in said
    assert "Traceback" not in said
    assert stack.left_over() == []


def test_a_database_with_other_tables_is_reported(
    start_stack: Start, port: int, services: Services, environ: dict[str, str]
) -> None:
    name = f"foreign_{environ['DB_NAME']}"
    services.execute(f"CREATE DATABASE {name} STRATEGY FILE_COPY OWNER videoflix")
    variables = {**environ, "DB_NAME": name}
    with psycopg.connect(Settings.from_env(variables).database_url) as connection:
        connection.execute("CREATE TABLE videos (id int)")
    stack = start_stack(port, **{key: variables[key] for key in variables if key.startswith(("DB_", "REDIS_"))})
    said, _ = stack.process.communicate(timeout=60)
    assert stack.process.returncode == 1
    assert 'relation "videos" already exists' in said
    assert "Traceback" not in said
    assert stack.left_over() == []
    services.execute(f"DROP DATABASE {name}")
