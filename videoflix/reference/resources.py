"""What the application holds for the reference: the document as it is sent, and the page that shows it."""

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from aiohttp import web

from videoflix.http.bodies import encode
from videoflix.http.responses import CachedText, checksum
from videoflix.http.static import TYPES
from videoflix.reference.assets import ReferenceAssets
from videoflix.reference.document import document

DOCUMENT = web.AppKey("document", CachedText)
REFERENCE_ASSETS = web.AppKey("reference_assets", ReferenceAssets)


def setup(app: web.Application, routes: Sequence[web.RouteDef]) -> None:
    """Make the document of these routes, and the page."""
    app[DOCUMENT] = _document(tuple((route.method, route.path, route.handler) for route in routes))
    app[REFERENCE_ASSETS] = ReferenceAssets()


@cache
def _document(routes: tuple[tuple[str, str, object], ...]) -> CachedText:
    """Made once in a process, however many applications it has."""
    body = encode(document(routes))
    # Since when it is sent: the ETag says whether it is another one.
    return CachedText(body, checksum(body), datetime.now(UTC), TYPES[".json"], gzip.compress(body, mtime=0))
