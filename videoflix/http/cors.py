"""Which other origins may read our answers: aiohttp-cors for the routes, and what it leaves out."""

from aiohttp import web
from aiohttp.hdrs import CACHE_CONTROL, ORIGIN, VARY
from aiohttp_cors import ResourceOptions
from aiohttp_cors import setup as setup_cors
from multidict import istr

from videoflix.http.resources import SETTINGS

UPLOADS = "/api/admin/uploads/"
TUS_ALLOW = ("Tus-Resumable", "Upload-Length", "Upload-Offset", "Upload-Metadata", "Upload-Checksum")
TUS_EXPOSE = (
    *("Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm", "Location"),
    *("Upload-Offset", "Upload-Length", "Upload-Metadata", "Upload-Expires"),
)
ALLOW = (
    *("Content-Type", "X-CSRFToken", "Range", "Authorization", "X-Requested-With"),
    *("Last-Event-ID", "X-HTTP-Method-Override", *TUS_ALLOW),
)
EXPOSE = ("Content-Range", "Accept-Ranges", "Content-Length", "ETag")
MAX_AGE = 3600
# Names that are made once are found faster, and these are looked for with every segment.
CONTENT_TYPE_OPTIONS = istr("X-Content-Type-Options")


def setup(app: web.Application) -> None:
    """Open every route to the configured origins. Comes after all routes."""
    options = ResourceOptions(  # type: ignore[no-untyped-call]
        allow_credentials=True,
        allow_headers=ALLOW,
        expose_headers=EXPOSE,
        allow_methods="*",
        max_age=MAX_AGE,
    )
    cors = setup_cors(app, defaults=dict.fromkeys(app[SETTINGS].cors_allowed_origins, options))
    routes = list(app.router.routes())
    theirs = {route.resource for route in routes if route.method == "OPTIONS"}
    for route in routes:
        if route.resource not in theirs:
            cors.add(route)
    # aiohttp-cors answers the preflights. Its own hook for all other answers leaves out 404 and 405, never tells
    # caches that an answer depends on the origin, and looks the route up again for every segment:
    # `on_response_prepare` does it all.
    app.on_response_prepare.clear()


def preflight(request: web.Request) -> web.Response:
    """For routes that have an answer of their own to OPTIONS, which aiohttp-cors leaves alone."""
    if request.headers.get("Origin") not in request.app[SETTINGS].cors_allowed_origins:
        raise web.HTTPForbidden
    headers = {
        "Access-Control-Allow-Methods": request.headers["Access-Control-Request-Method"],
        "Access-Control-Allow-Headers": ",".join(ALLOW),
        "Access-Control-Max-Age": str(MAX_AGE),
    }
    return web.Response(headers=headers)


def on_response_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """Open the answer to a configured origin. And nothing is kept by a cache that does not say that it may be:
    answers belong to one person."""
    headers = response.headers
    if response.status >= 400:
        headers[CACHE_CONTROL] = "no-store"
    headers.setdefault(CACHE_CONTROL, "no-store")
    headers[CONTENT_TYPE_OPTIONS] = "nosniff"
    headers[VARY] = f"{headers[VARY]}, Origin" if VARY in headers else "Origin"
    origin = request.headers.get(ORIGIN)
    if origin is None or "Access-Control-Allow-Origin" in headers:  # a preflight has it already
        return
    if origin in request.app[SETTINGS].cors_allowed_origins:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Allow-Credentials"] = "true"
        more = TUS_EXPOSE if request.path.startswith(UPLOADS) else ()
        headers["Access-Control-Expose-Headers"] = ",".join((*EXPOSE, *more))
