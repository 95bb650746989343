"""Sends published files, with ranges and conditions, from wherever they are stored."""

from aiohttp import web

from videoflix.errors import NotFound
from videoflix.http.resources import STORAGE
from videoflix.http.responses import file
from videoflix.http.stored_object import stored_object


async def published(request: web.Request, name: str, content_type: str, caching: str) -> web.StreamResponse:
    """A published file by its name. Raises NotFound or StoreUnavailable."""
    storage = request.app[STORAGE]
    if storage.objects is not None:
        headers = {"Content-Type": content_type, "Cache-Control": caching}
        return await stored_object(request, storage.objects, name, headers)
    path = storage.path(name)
    if not path.is_file():
        raise NotFound
    return file(path, content_type, caching)
