"""Which route answers a path."""

import re
from collections.abc import Iterable
from typing import Any

import pytest
from aiohttp import web

from tests.fixtures.app import Client
from videoflix.routes import ROUTES


def _taken_by_others(routes: Iterable[web.RouteDef]) -> dict[str, str]:
    """The paths that the pattern of another route matches for a method which their own routes do not have."""
    app = web.Application()
    app.add_routes(routes)
    resources: list[Any] = [*app.router.resources()]
    found = {}
    for resource in resources:
        path = re.sub(r"\{\w+\}", "1", resource.canonical)
        methods = {route.method for route in resource}
        for other in resources:
            if other is not resource and other._match(path) and {route.method for route in other} - methods:
                found[resource.canonical] = other.canonical
    return found


def test_no_pattern_matches_the_path_of_another_route() -> None:
    """Its handler would answer 404 for a method that the path does not have, instead of 405. `{id:\\d+}` does not."""
    assert _taken_by_others(ROUTES) == {}


def test_a_pattern_that_matches_another_path_is_found() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response()

    routes = [web.post("/films/names/", handler), web.delete("/films/{id}/", handler)]
    assert _taken_by_others(routes) == {"/films/names/": "/films/{id}/"}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/me/passkeys/options/", "OPTIONS,POST"),
        ("PATCH", "/api/admin/groups/names/", "GET,HEAD,OPTIONS"),
        ("GET", "/api/admin/videos/bulk/", "OPTIONS,POST"),
        ("POST", "/api/me/passkeys/7/", "DELETE,OPTIONS"),
    ],
)
async def test_other_methods_are_told_which_are_allowed(client: Client, method: str, path: str, allowed: str) -> None:
    answer = await client.request(method, path)
    assert answer.status == 405
    assert answer.headers["Allow"] == allowed
