"""Compares decide() with aiohttp's FileResponse and with slices of the bytes."""

import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.app import Client
from videoflix.http.conditions import decide, http_date

MODIFIED = datetime(2026, 3, 4, 5, 6, 7, 890_000, tzinfo=UTC)
ETAG = '"7-480"'
SIZE = 1000


def _decide(**headers: str) -> tuple[int, int, int]:
    decision = decide({name.replace("_", "-"): value for name, value in headers.items()}, SIZE, ETAG, MODIFIED)
    return decision.status, decision.start, decision.count


def test_if_none_match_takes_precedence_over_if_modified_since() -> None:
    later = http_date(MODIFIED + timedelta(days=1))
    assert _decide(**{"If-None-Match": '"other"', "If-Modified-Since": later})[0] == 200
    assert _decide(**{"If-None-Match": f'"other", W/{ETAG}'})[0] == 304
    assert _decide(**{"If-None-Match": "*"})[0] == 304
    assert _decide(**{"If-Modified-Since": http_date(MODIFIED)})[0] == 304
    assert _decide(**{"If-Modified-Since": http_date(MODIFIED - timedelta(seconds=1))})[0] == 200
    assert _decide(**{"If-Modified-Since": "yesterday"})[0] == 200


def test_if_range_requires_the_same_file() -> None:
    part = {"Range": "bytes=0-9"}
    assert _decide(**part, **{"If-Range": ETAG}) == (206, 0, 10)
    assert _decide(**part, **{"If-Range": '"other"'}) == (200, 0, SIZE)
    assert _decide(**part, **{"If-Range": f"W/{ETAG}"}) == (200, 0, SIZE)
    assert _decide(**part, **{"If-Range": http_date(MODIFIED)}) == (206, 0, 10)
    assert _decide(**part, **{"If-Range": http_date(MODIFIED - timedelta(days=1))}) == (200, 0, SIZE)
    assert _decide(**part, **{"If-Range": "rubbish"}) == (200, 0, SIZE)


@pytest.mark.parametrize("words", ["bytes=0-1,5-6", "bytes=-", "bytes=5-2", "lines=0-1", "bytes 0-1", "bytes=a-b"])
def test_other_than_a_single_byte_range_gets_the_whole_file(words: str) -> None:
    assert _decide(Range=words) == (200, 0, SIZE)


def test_an_empty_suffix_range_is_not_satisfiable() -> None:
    assert _decide(Range="bytes=-0")[0] == 416  # RFC 9110, 14.1.2; FileResponse sends the whole file


@given(st.integers(0, 1200), st.integers(0, 1200))
def test_a_range_is_a_slice_of_the_bytes(first: int, last: int) -> None:
    body = os.urandom(SIZE)
    status, start, count = _decide(Range=f"bytes={first}-{last}")
    if last < first:
        assert (status, count) == (200, SIZE)
    elif first >= SIZE:
        assert status == 416
    else:
        assert (status, body[start : start + count]) == (206, body[first : last + 1])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Range": "bytes=0-0"},
        {"Range": "bytes=10-"},
        {"Range": "bytes=-10"},
        {"Range": "bytes=-5000"},
        {"Range": "bytes=990-5000"},
        {"Range": "bytes=1000-"},
        {"Range": "bytes=1000-1001"},
        {"If-None-Match": '"x"'},
        {"If-None-Match": "{etag}"},
        {"If-None-Match": "{etag}", "Range": "bytes=0-1"},
        {"If-Modified-Since": "{modified}"},
        {"If-Modified-Since": "{modified}", "Range": "bytes=0-1"},
        {"If-Range": "{modified}", "Range": "bytes=0-1"},
        {"If-Range": "Thu, 01 Jan 1970 00:00:00 GMT", "Range": "bytes=0-1"},
    ],
    ids=str,
)
async def test_decisions_equal_those_of_a_file_response(
    headers: dict[str, str], tmp_path: Path, aiohttp_client: Callable[..., Awaitable[Client]]
) -> None:
    file = tmp_path / "file"
    file.write_bytes(os.urandom(SIZE))
    os.utime(file, (int(MODIFIED.timestamp()), int(MODIFIED.timestamp())))

    async def serve(request: web.Request) -> web.FileResponse:
        return web.FileResponse(file)

    app = web.Application()
    app.router.add_get("/", serve)
    client = await aiohttp_client(app)
    etag = (await client.head("/")).headers["ETag"]
    filled = {name: value.format(etag=etag, modified=http_date(MODIFIED)) for name, value in headers.items()}
    oracle = await client.get("/", headers=filled)
    body = await oracle.read()
    decision = decide(filled, SIZE, etag, MODIFIED)
    assert decision.status == oracle.status
    if decision.status in (200, 206):
        assert file.read_bytes()[decision.start : decision.start + decision.count] == body
