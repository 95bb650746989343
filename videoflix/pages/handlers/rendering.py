"""Renders pages, and the error pages of browsers."""

from collections.abc import Awaitable
from typing import Any
from urllib.parse import quote

from aiohttp import web
from aiohttp.hdrs import ACCEPT
from aiohttp.typedefs import Handler

from videoflix import translations
from videoflix.accounts.resources import SESSION
from videoflix.http.languages import language
from videoflix.http.request_checks import SAFE
from videoflix.http.resources import SETTINGS
from videoflix.pages.resources import PAGE_ASSETS, TEMPLATES

LOGIN, PROFILES, SECURITY = "/login/", "/profiles/", "/account/security/"
# Names the pages that browsers load before a click: those of films, when the pointer rests on them.
PREFETCH = "prefetch.speculationrules"
# Below these, answers are for programs. Segments are there: choosing a language would cost each of them 20 µs.
PROGRAM_PATHS = ("/api/", "/internal/", "/admin/queues/api/", "/health", "/ready", "/metrics")


def page(
    request: web.Request, template: str, *, status: int = 200, is_player: bool = False, **context: Any
) -> web.Response:
    """A page from a template. Only the page of the player allows styles in elements."""
    text = (
        request.app[TEMPLATES]
        .get_template(template)
        .render(
            context,
            status=status,
            lang=translations.CURRENT.get(),
            session=request.get(SESSION),
            path=request.path,
        )
    )
    assets = request.app[PAGE_ASSETS]
    headers = assets.player_headers if is_player else assets.headers
    response = web.Response(text=text, status=status, content_type="text/html", headers=headers)
    if SESSION in request and not is_player:
        response.headers["Speculation-Rules"] = f'"{assets.url(PREFETCH)}"'
    response.enable_compression()
    return response


def see_other(address: str) -> web.Response:
    """A redirect after a form was handled."""
    return web.Response(status=303, headers={"Location": address})


@web.middleware
def page_middleware(request: web.Request, handler: Handler) -> Awaitable[web.StreamResponse]:
    """Choose the language, and show errors as pages to browsers: those that accept HTML."""
    return handler(request) if request.path.startswith(PROGRAM_PATHS) else _for_browsers(request, handler)


async def _for_browsers(request: web.Request, handler: Handler) -> web.StreamResponse:
    translations.CURRENT.set(language(request))
    response = await handler(request)
    if response.status == 403 and _lacks_profile(request):
        return see_other(f"{PROFILES}?next={quote(request.path_qs, safe='/')}")
    if response.status == 403 and _lacks_second_factor(request):
        return see_other(SECURITY)
    if response.status < 400 or response.content_type != "application/json" or not accepts_pages(request):
        return response
    if response.status == 401 and request.method in SAFE:
        return see_other(f"{LOGIN}?next={quote(request.path_qs, safe='/')}")
    if response.status == 401:
        return see_other(LOGIN)
    shown = page(request, "error.html", status=response.status)
    for name in ("Retry-After", "Allow"):
        if name in response.headers:
            shown.headers[name] = response.headers[name]
    return shown


def _lacks_profile(request: web.Request) -> bool:
    """Whether the request needs a profile that was not chosen yet."""
    session = request.get(SESSION)
    return session is not None and session.profile is None and not session.is_guest and request.method in SAFE


def _lacks_second_factor(request: web.Request) -> bool:
    """Whether an administrator has to set up a second factor before the request is allowed."""
    session, is_required = request.get(SESSION), request.app[SETTINGS].require_second_factor
    return is_required and session is not None and session.is_staff and not session.has_second_factor


def accepts_pages(request: web.Request) -> bool:
    """Whether the client is a browser."""
    return "text/html" in request.headers.get(ACCEPT, "")
