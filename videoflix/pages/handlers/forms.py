"""Forms without scripts: their fields, and the page again with the reasons if something is wrong."""

from typing import Any

from aiohttp import web

from videoflix.errors import InvalidFields, VideoflixError
from videoflix.http.error_middleware import status_of
from videoflix.pages.handlers.rendering import page

# Where a login may lead: an address of this server. Browsers read a backslash as a slash.
MAX_ADDRESS = 2000


def local_address(text: str) -> str:
    """The address to go to after a login; the home page if it leads to another server."""
    is_local = text.startswith("/") and not text.startswith(("//", "/\\")) and len(text) <= MAX_ADDRESS
    return text if is_local and text.isprintable() else "/"


def rejected(request: web.Request, template: str, error: VideoflixError, **context: Any) -> web.Response:
    """The page of a form again, with the reason why it was not accepted. Raises what is not the user's to correct."""
    status = status_of(type(error))
    if status >= 500:
        raise error
    fields = error.fields if isinstance(error, InvalidFields) else {}
    response = page(request, template, status=status, error=error.detail, fields=fields, **context)
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
