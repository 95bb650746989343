"""Headers that every answer carries."""

from aiohttp import web
from aiohttp.hdrs import SERVER
from multidict import istr

from videoflix.http import forwarded
from videoflix.http.resources import REQUEST_IDS
from videoflix.request_id import CURRENT

REQUEST_ID, TRANSPORT_SECURITY = istr("X-Request-ID"), istr("Strict-Transport-Security")


# Whoever has come over HTTPS once comes over nothing else for a year. Other names of the domain are left alone.
HTTPS_ALONE = "max-age=31536000"


SERVER_NAME = "Videoflix"  # and no word on versions


def on_response_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """The id of the request, no version of the server, and that HTTPS is to be used from now on."""
    headers = response.headers
    headers[SERVER] = SERVER_NAME
    headers[REQUEST_ID] = CURRENT.get() or request.app[REQUEST_IDS].next()
    if forwarded.scheme(request) == "https":
        headers[TRANSPORT_SECURITY] = HTTPS_ALONE
