"""Serves the admin pages: static files that use the API. Other users learn nothing about their content."""

from aiohttp import web

from videoflix.accounts import auth
from videoflix.admin.resources import ADMIN_ASSETS
from videoflix.errors import Forbidden, NotFound, SecondFactorRequired, Unauthenticated
from videoflix.http import bodies, responses
from videoflix.http.access import public

INDEX, LOGIN = "/admin/", "/admin/login/"
# Of the pages for viewers: where a second factor is set up.
SECURITY = "/account/security/"


@public
async def add_slash(request: web.Request) -> web.Response:
    return _redirect(request, 308, INDEX)


@public
async def index(request: web.Request) -> web.Response:
    """The page itself for administrators, and a 403 page for other users. Who needs a second factor is led to it.

    It is public, so that browsers without a login are redirected to the login page instead of getting a JSON error.
    They keep the fragment of the address, which names the requested view.
    """
    assets = request.app[ADMIN_ASSETS]
    try:
        session, _ = await auth.authenticate(request)
    except Unauthenticated:
        return _redirect(request, 303, LOGIN)
    try:
        auth.check_admin(request, session)
        return _file(request, assets.files["index.html"])
    except SecondFactorRequired:
        return _redirect(request, 303, SECURITY)
    except Forbidden:
        page = assets.files["forbidden.html"]
    headers = {**assets.headers, "Content-Type": page.headers["Content-Type"]}
    return web.Response(status=403, body=page.body, headers=headers)


@public
async def login(request: web.Request) -> web.Response:
    return _file(request, request.app[ADMIN_ASSETS].files["login.html"])


@public
async def static(request: web.Request) -> web.Response:
    name = request.match_info["file"]
    return _file(request, None if name.endswith(".html") else request.app[ADMIN_ASSETS].files.get(name))


@public
async def sources(request: web.Request) -> web.Response:
    """The addresses and checksums of the scripts from npm."""
    return bodies.answer(request.app[ADMIN_ASSETS].sources())


@public
async def vendor(request: web.Request) -> web.Response:
    return _file(request, request.app[ADMIN_ASSETS].vendor.get(request.match_info["name"]))


def _file(request: web.Request, content: responses.CachedText | None) -> web.Response:
    """Raises NotFound if there is no such file."""
    if content is None:
        raise NotFound
    response = responses.text(request, content)
    response.headers.update(request.app[ADMIN_ASSETS].headers)
    return response


def _redirect(request: web.Request, status: int, address: str) -> web.Response:
    return web.Response(status=status, headers={**request.app[ADMIN_ASSETS].headers, "Location": address})
