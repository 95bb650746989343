"""A suite that cannot fail is worthless: each of its cases finds the backend that is wrong in everything."""

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from conformance import __main__ as suite
from conformance import contract, streaming
from tests.conformance.wrong_backend import WrongBackend
from tests.fixtures.app import Serve

LINE = re.compile(r"DEVIATION  .+: .+  \[.+\]")
SOME = [
    f"DEVIATION  list: order: the films are listed as [1, 2], not as [2, 1]  [{contract.LIST_ORDER}]",
    f"DEVIATION  segment: trailing slash: GET /api/video/1/480p/000.ts/ answers 301, not 200  [{contract.SEGMENT}]",
    "DEVIATION  list: fields: film 1 lacks category and also has video_file; film 2 lacks category and also has"
    f" video_file  [{contract.LIST_FIELDS}]",
    "DEVIATION  refresh: without cookie: POST /api/token/refresh/ answers 401, not 400"
    f"  [{contract.REFRESH_MISSING}]",
]


Suite = Callable[..., Awaitable[tuple[int, list[str]]]]


@pytest.fixture
def run_suite(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Run the suite in a thread, beside the backend. Returns its exit status and the lines that it prints."""

    async def run_suite(*arguments: str) -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "argv", ["conformance", *arguments])
        status = await asyncio.to_thread(suite.main)
        return status, capsys.readouterr().out.splitlines()

    return run_suite


async def test_every_case_can_fail(
    aiohttp_server: Serve, tmp_path: Path, run_suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "END_SECONDS", 0.1)
    mails = tmp_path / "mails"
    mails.touch()
    server = await aiohttp_server(WrongBackend(mails).app())
    status, lines = await run_suite(str(server.make_url("/")), "--log", str(mails))
    assert status == 1
    names = {case.name for case in suite.CASES}
    found = {name for name in names if any(line.startswith(f"DEVIATION  {name}: ") for line in lines)}
    assert sorted(names - found) == []
    assert len(lines) == len(names) + 1
    assert all(LINE.fullmatch(line) for line in lines[:-1])
    assert [line for line in SOME if line not in lines] == []
    assert lines[-1] == f"{len(names)} cases: {len(names)} deviate"


async def test_a_rate_limit_is_no_deviation(aiohttp_server: Serve, run_suite: Suite) -> None:
    answers = iter([("0", 429), ("0", 200)])

    async def limited(request: web.Request) -> web.Response:
        after, status = next(answers, ("3600", 429))
        return web.Response(status=status, headers={"Retry-After": after})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", limited)
    server = await aiohttp_server(app)
    status, lines = await run_suite(str(server.make_url("/")))
    assert status == 3
    assert lines[-1].startswith(f"{len(suite.CASES)} cases: 0 deviate, ")
    assert any("429 for POST /api/register/, Retry-After: 3600" in line for line in lines)


async def test_nonsense_is_a_deviation(aiohttp_server: Serve, run_suite: Suite) -> None:
    times = ("2026-01-01T12:00:00", "2026-01-01T12:00:00Z", 5)
    films = [{"id": 1, "created_at": time, "thumbnail_url": "http://["} for time in times]
    bodies = {"/api/register/": {"user": {"id": 1}, "token": "t"}, "/api/video/": films}

    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith(".m3u8"):
            return web.Response(body="#EXTM3U\nä segment\n".encode("latin-1"))
        response = web.json_response(bodies.get(request.path, [None]))
        for name in ("access_token", "refresh_token"):
            response.set_cookie(name, "a.b.c")
        return response

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    status, lines = await run_suite(str((await aiohttp_server(app)).make_url("/")))
    assert status == 1
    assert any(
        line.startswith("DEVIATION  thumbnail: no answer that can be understood (ValueError") for line in lines
    )
    assert any(line.startswith("DEVIATION  segment: no answer that can be understood (") for line in lines)


@pytest.mark.parametrize("arguments", [["http://127.0.0.1:1"], ["http://127.0.0.1:1", "--log", "/nowhere"]])
async def test_what_cannot_be_tested_is_told(run_suite: Suite, arguments: list[str]) -> None:
    assert await run_suite(*arguments) == (2, [])
