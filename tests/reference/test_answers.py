"""What the comparison of answers with the document finds."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from tests.fixtures.documented import undocumented
from videoflix.app import create_app
from videoflix.settings import Settings

USUAL = {"X-Request-ID": "1", "Cache-Control": "no-store", "Vary": "Origin", "X-Content-Type-Options": "nosniff"}


@pytest.mark.parametrize(
    ("path", "response", "problem"),
    [
        ("/health", web.json_response({"detail": "alive"}, headers=USUAL), None),
        ("/health", web.json_response({"detail": "alive"}), "lacks the headers X-Request-ID"),
        ("/health", web.json_response({"detail": 1}, headers=USUAL), "1 is not of type"),
        ("/health", web.json_response({"detail": "", "more": 1}, headers=USUAL), "'more' was unexpected"),
        ("/health", web.json_response({}, status=402, headers=USUAL), "402 is not described"),
        ("/health", web.Response(text="alive", headers=USUAL), "text/plain, which is not described"),
        ("/api/me", web.json_response({}, headers=USUAL), "is a required property"),
        ("/login/", web.Response(text="a page"), None),
        ("/nowhere/", web.Response(status=404), None),
    ],
)
async def test_it_finds_what_is_not_described(
    settings: Settings, path: str, response: web.Response, problem: str | None
) -> None:
    request = make_mocked_request("GET", path)
    request._match_info = await create_app(settings).router.resolve(request)
    found = undocumented(request, response)
    assert found == problem if problem is None or found is None else problem in found
