"""Serves the reference of the API."""

from typing import Any

from aiohttp import web

from videoflix.http import responses
from videoflix.http.access import public
from videoflix.http.operations import operation
from videoflix.reference.resources import DOCUMENT


@operation("Get this document", dict[str, Any], has_ranges=True)
@public
async def document(request: web.Request) -> web.Response:
    """The OpenAPI 3.1 document of all routes below `/api/`."""
    return responses.text(request, request.app[DOCUMENT])
