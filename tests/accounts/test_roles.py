"""Requests every admin route without a login, as a user, and as an administrator."""

from collections.abc import Iterator

import pytest
from aiohttp import web

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser
from tests.fixtures.services import EMAIL, PASSWORD
from videoflix.accounts.queries import users
from videoflix.app import create_app
from videoflix.db.pool import Database
from videoflix.http import access
from videoflix.pages.handlers.files import add_slash
from videoflix.settings import Settings

# The login page and its assets are public.
OPEN = ("/admin/login", "/admin/static/", "/admin/vendor/")
LOGIN_PAGE = "/admin/login"
# Redirects to the login page instead of a 401.
FRONT = "/admin/"
PUBLIC = [
    *("GET /health", "GET /ready"),
    *("GET /api/openapi.json", "GET /api/docs", "GET /api/docs/{file}"),
    *("POST /api/register", "GET /api/activate/{uidb64}/{token}", "GET /api/invitations/{token}"),
    *("POST /api/login", "POST /api/logout", "POST /api/token/refresh"),
    *("POST /api/password_reset", "POST /api/password_confirm/{uidb64}/{token}"),
    *("GET /admin", "GET /admin/login", "GET /admin/static/{file}"),
    *("GET /admin/vendor", "GET /admin/vendor/{name}.js"),
    *("GET /login/code", "POST /login/code", "GET /pair", "POST /pair"),
    *("POST /api/login/passkey", "POST /api/login/passkey/options"),
    *("POST /api/device/code", "POST /api/device/token"),
    *("GET /login", "POST /login", "POST /logout", "GET /register", "POST /register", "GET /forgot", "POST /forgot"),
    *("GET /pages/auth/activate.html", "POST /pages/auth/activate.html"),
    *("GET /pages/auth/confirm_password.html", "POST /pages/auth/confirm_password.html"),
    *("GET /static/{version}/{file}", "GET /static/vendor/{version}/{name}.js"),
    *("GET /favicon.ico", "GET /manifest.webmanifest", "GET /robots.txt"),
    *("GET /service-worker.js", "GET /offline", "GET /guest/{token}", "POST /guest/{token}"),
]


def _routes(app: web.Application) -> Iterator[tuple[str, str]]:
    """Method and path of every admin route that is not public, with 1 for each variable part."""
    for route in app.router.routes():
        path = route.resource.canonical if route.resource else ""
        if not path.startswith(("/admin/", "/api/admin/")) or route.method == "OPTIONS":
            continue
        if route.handler in access._public and path != FRONT:
            assert path.startswith(OPEN), f"{path} is public"
            continue
        method = "GET" if route.method == "*" else route.method
        yield method, "1".join(part.rpartition("}")[2] for part in f"}}{path}".split("{"))


async def _ask(client: Client, method: str, path: str) -> tuple[int, str, str]:
    """The status, the body if it is JSON, and the Location header. Streams are not read."""
    async with client.request(method, path, allow_redirects=False) as answer:
        body = await answer.text() if answer.content_type == "application/json" else ""
        return answer.status, body, answer.headers.get("Location", "")


async def _log_in(client: Client, email: str) -> None:
    client.session.cookie_jar.clear()
    assert (await client.post("/api/login/", json={"email": email, "password": PASSWORD})).status == 200


@pytest.fixture
async def people(database: Database, make_user: MakeUser, password_hash: str) -> None:
    """A user with the id 1, and an administrator."""
    assert await make_user("bob@example.org") == 1
    async with database.connection() as connection:
        await users.insert_admin(connection, EMAIL, password_hash)


def test_no_other_handler_is_public(settings: Settings) -> None:
    """Whoever opens a handler has to say so here as well."""
    found = {
        f"{route.method} {route.resource.canonical.rstrip('/') or '/'}"
        for route in create_app(settings).router.routes()
        if route.resource and route.method not in ("HEAD", "OPTIONS") and access.is_public(route.handler)
        if route.handler is not add_slash  # which redirects without looking anything up
    }
    assert sorted(found) == sorted(PUBLIC)


async def test_the_routes_are_found(client: Client) -> None:
    routes = set(_routes(client.app))
    assert ("POST", "/api/admin/videos/1/retry/") in routes
    assert ("GET", "/api/admin/videos/1/thumbnails/1.jpg") in routes


async def test_without_a_login_admin_routes_are_a_401(client: Client, people: None) -> None:
    for method, path in _routes(client.app):
        status, body, location = await _ask(client, method, path)
        if path.startswith("/admin/") and location:
            assert location.partition("?")[0].endswith((LOGIN_PAGE, f"{LOGIN_PAGE}/")), f"{method} {path}"
            continue
        assert status == 401, f"{method} {path}"
        assert method == "HEAD" or "credentials" in body


async def test_other_users_get_a_403_from_admin_routes(client: Client, people: None) -> None:
    await _log_in(client, "bob@example.org")
    for method, path in _routes(client.app):
        status, body, _ = await _ask(client, method, path)
        assert status == 403, f"{method} {path}"
        if path.startswith("/api/") and method != "HEAD":
            assert body == '{"detail":"You do not have permission to perform this action."}', f"{method} {path}"


async def test_administrators_have_access_to_admin_routes(client: Client, people: None) -> None:
    await _log_in(client, EMAIL)
    for method, path in _routes(client.app):
        status, _, location = await _ask(client, method, path)
        assert status not in (401, 403), f"{method} {path}"
        assert status < 500, f"{method} {path}"
        assert LOGIN_PAGE not in location, f"{method} {path}"
