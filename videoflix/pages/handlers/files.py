"""Serves the files of the pages."""

from aiohttp import web

from videoflix.errors import NotFound
from videoflix.http import responses
from videoflix.http.access import public
from videoflix.pages.assets import SCRIPTS
from videoflix.pages.handlers.rendering import page
from videoflix.pages.resources import PAGE_ASSETS

# Everybody gets the same files, so shared caches may keep them.
FOREVER = "public, max-age=31536000, immutable"


@public
async def static(request: web.Request) -> web.Response:
    """A file of the pages; with its version in the address, it never changes."""
    assets = request.app[PAGE_ASSETS]
    is_current = request.match_info["version"] == assets.version
    return _file(request, assets.files.get(request.match_info["file"]), forever=is_current)


@public
async def vendor(request: web.Request) -> web.Response:
    """A script from npm. Its address has its version."""
    name, version = request.match_info["name"], request.match_info["version"]
    is_current = name in SCRIPTS and version == SCRIPTS[name].version
    return _file(request, request.app[PAGE_ASSETS].vendor.get(name), forever=is_current)


@public
async def fixed(request: web.Request) -> web.Response:
    """A file that browsers or search engines look for by its name."""
    return _file(request, request.app[PAGE_ASSETS].files.get(request.path.lstrip("/")), forever=False)


@public
async def offline(request: web.Request) -> web.Response:
    """What the installed app shows without a network."""
    return page(request, "offline.html")


@public
async def add_slash(request: web.Request) -> web.Response:
    query = f"?{request.query_string}" if request.query_string else ""
    return web.Response(status=308, headers={"Location": f"{request.rel_url.raw_path}/{query}"})


def _file(request: web.Request, content: responses.CachedText | None, *, forever: bool) -> web.Response:
    """Raises NotFound if there is no such file."""
    if content is None:
        raise NotFound
    response = responses.text(request, content)
    if forever:
        response.headers["Cache-Control"] = FOREVER
    return response
