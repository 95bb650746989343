"""Sends published files, with ranges and conditions, from wherever they are stored."""

from aiohttp import web

from videoflix.errors import NotFound
from videoflix.http.resources import STORAGE
from videoflix.http.stored_object import stored_object


async def published(request: web.Request, name: str, content_type: str, caching: str) -> web.StreamResponse:
    """A published file by its name. It never changes, so an ETag of time and size is enough. Raises NotFound."""
    storage, headers = request.app[STORAGE], {"Content-Type": content_type, "Cache-Control": caching}
    if storage.objects is not None:
        return await stored_object(request, storage.objects, name, headers)
    path = storage.path(name)
    if not path.is_file():
        raise NotFound
    return web.FileResponse(path, headers=headers)
