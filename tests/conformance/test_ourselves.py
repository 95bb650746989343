"""This server does everything that the contract says: the suite runs against it as a program of its own."""

import ast
import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.app import Serve
from tests.fixtures.published import Publish
from videoflix.app import create_app
from videoflix.encoding.context import JobContext
from videoflix.queue.queues import MAIL
from videoflix.settings import Settings
from videoflix.worker import build

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def mail_worker(job_context: JobContext) -> AsyncIterator[None]:
    running = build(job_context, MAIL)
    task = asyncio.create_task(running.start())
    yield
    await running.stop()
    await task


async def _conformance(*arguments: str) -> tuple[int, list[str]]:
    """The exit status of the suite, and the lines that it prints."""
    process = await asyncio.create_subprocess_exec(
        ROOT / "bin" / "conformance",
        *arguments,
        env={**os.environ, "PYTHON": sys.executable},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode().splitlines()


async def test_there_is_no_deviation(
    settings: Settings, aiohttp_server: Serve, publish: Publish, mail_worker: None, tmp_path: Path
) -> None:
    server = await aiohttp_server(create_app(settings))
    await publish("First")
    await publish("A film that is small", labels=(480,))
    log = tmp_path / "mail.log"
    with log.open("w") as file, redirect_stdout(file):
        status, lines = await _conformance(str(server.make_url("/")), "--log", str(log))
    assert (status, len(lines)) == (0, 1), lines


async def test_without_a_log_it_says_what_is_left_out(settings: Settings, aiohttp_server: Serve) -> None:
    server = await aiohttp_server(create_app(settings))
    status, lines = await _conformance(str(server.make_url("/")))
    assert status == 0, lines
    reason = lines.index(next(line for line in lines if "pass the server's log with --log" in line))
    assert "    login" in lines[reason:]
    assert "    playlist" in lines[reason:]


async def test_with_debug_it_needs_no_log(settings: Settings, aiohttp_server: Serve) -> None:
    server = await aiohttp_server(create_app(replace(settings, debug=True)))
    status, lines = await _conformance(str(server.make_url("/")))
    assert status == 0, lines
    reason = next(line for line in lines if "it needs a film" in line)
    names = lines[lines.index(reason) + 1 :]
    assert "    playlist" in names
    assert "    login" not in lines


def test_it_needs_nothing_installed() -> None:
    """Nor does it use anything of the server that it tests."""
    for path in (ROOT / "conformance").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            tops = {name.partition(".")[0] for name in names}
            assert tops <= {"conformance", *sys.stdlib_module_names}, path
