"""The admin pages: static files that talk to the API. Whoever may not enter is told nothing of what is inside."""

from aiohttp import web

from videoflix.accounts import auth
from videoflix.admin.resources import ADMIN_ASSETS
from videoflix.errors import NotFound, Unauthenticated
from videoflix.http import bodies, responses
from videoflix.http.access import public

FRONT, DOOR = "/admin/", "/admin/login/"


@public
async def enter(request: web.Request) -> web.Response:
    return _elsewhere(request, 308, FRONT)


@public
async def index(request: web.Request) -> web.Response:
    """Public, as it answers people: with the way to the login, or with a page that says no. The fragment of the
    address, which is the page that was wanted, goes along with a redirect by itself."""
    shell = request.app[ADMIN_ASSETS]
    try:
        session, _ = await auth.authenticate(request)
    except Unauthenticated:
        return _elsewhere(request, 303, DOOR)
    if session.is_staff:
        return _file(request, shell.files["index.html"])
    page = shell.files["forbidden.html"]
    headers = {**shell.headers, "Content-Type": page.headers["Content-Type"]}
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
    """Where hls.js and tus-js-client come from."""
    return bodies.answer(request.app[ADMIN_ASSETS].sources())


@public
async def vendor(request: web.Request) -> web.Response:
    return _file(request, request.app[ADMIN_ASSETS].vendor.get(request.match_info["name"]))


def _file(request: web.Request, text: responses.CachedText | None) -> web.Response:
    """Raises NotFound."""
    if text is None:
        raise NotFound
    response = responses.text(request, text)
    response.headers.update(request.app[ADMIN_ASSETS].headers)
    return response


def _elsewhere(request: web.Request, status: int, address: str) -> web.Response:
    return web.Response(status=status, headers={**request.app[ADMIN_ASSETS].headers, "Location": address})
