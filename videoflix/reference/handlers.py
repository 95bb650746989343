"""Serves the reference of the API."""

import asyncio
from typing import Any

from aiohttp import web

from videoflix.errors import NotFound
from videoflix.http import responses
from videoflix.http.access import public
from videoflix.http.operations import operation
from videoflix.reference.resources import DOCUMENT, REFERENCE_ASSETS


@operation("Get this document", dict[str, Any], has_ranges=True)
@public
async def document(request: web.Request) -> web.Response:
    """The OpenAPI 3.1 document of all routes below `/api/`, and of those for monitoring."""
    return responses.text(request, request.app[DOCUMENT])


@public
async def page(request: web.Request) -> web.Response:
    """The document, for people."""
    assets = request.app[REFERENCE_ASSETS]
    await asyncio.to_thread(lambda: assets.files)
    return web.Response(text=assets.page, content_type="text/html", headers=assets.headers)


@public
async def file(request: web.Request) -> web.Response:
    """A file of the page. Raises NotFound."""
    assets = request.app[REFERENCE_ASSETS]
    content = (await asyncio.to_thread(lambda: assets.files)).get(request.match_info["file"])
    if content is None:
        raise NotFound
    return responses.text(request, content)
