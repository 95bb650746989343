"""Headers of every response."""

from aiohttp import web
from aiohttp.hdrs import CACHE_CONTROL, SERVER, VARY
from multidict import istr

from videoflix.http import forwarded
from videoflix.http.resources import REQUEST_IDS
from videoflix.request_id import CURRENT

# multidict looks up an istr faster than a str; every segment sets these headers.
CONTENT_TYPE_OPTIONS, REQUEST_ID = istr("X-Content-Type-Options"), istr("X-Request-ID")
TRANSPORT_SECURITY = istr("Strict-Transport-Security")

# One year, without includeSubDomains: other names of the domain may not have HTTPS.
MAX_AGE = "max-age=31536000"
SERVER_NAME = "Videoflix"  # without versions, which aiohttp would send


def on_response_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers that do not depend on the handler.

    A response is not stored unless its handler says otherwise, as most are for one user. It varies by Origin, which
    aiohttp-cors does not say: caches would answer one origin with the headers of another.
    """
    headers = response.headers
    if response.status >= 400 or CACHE_CONTROL not in headers:
        headers[CACHE_CONTROL] = "no-store"
    headers[VARY] = f"{headers[VARY]}, Origin" if VARY in headers else "Origin"
    headers[CONTENT_TYPE_OPTIONS] = "nosniff"
    headers[SERVER] = SERVER_NAME
    headers[REQUEST_ID] = CURRENT.get() or request.app[REQUEST_IDS].next()
    if forwarded.scheme(request) == "https":
        headers[TRANSPORT_SECURITY] = MAX_AGE
