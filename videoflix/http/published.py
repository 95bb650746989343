"""Sends published files, with ranges and conditions."""

from aiohttp import web

from videoflix.errors import NotFound
from videoflix.http.resources import STORAGE


async def published(request: web.Request, name: str, content_type: str, caching: str) -> web.StreamResponse:
    """A published file by its name. It never changes, so an ETag of time and size is enough. Raises NotFound."""
    path = request.app[STORAGE].path(name)
    if not path.is_file():
        raise NotFound
    return web.FileResponse(path, headers={"Content-Type": content_type, "Cache-Control": caching})
