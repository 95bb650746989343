"""Responses that several handlers use: files, cached text, and their Cache-Control."""

import re
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from aiohttp import web
from aiohttp.hdrs import ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, RANGE
from multidict import CIMultiDict

from videoflix.http.conditions import content_range, decide, http_date

REVALIDATE = "private, no-cache"
# A coding that is not refused with a weight of zero.
GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
PLAYLIST_TYPE = "application/vnd.apple.mpegurl"


def file(path: Path, content_type: str, caching: str) -> web.FileResponse:
    """A published file, with ranges. It never changes, so aiohttp's ETag of time and size is enough."""
    return web.FileResponse(path, headers={"Content-Type": content_type, "Cache-Control": caching})


def checksum(body: bytes) -> str:
    """A strong ETag from the content."""
    return f'"{sha256(body).hexdigest()[:24]}"'


class CachedText:
    """A body in memory with its headers, built once for many requests; `compressed` is the same in gzip, or None."""

    __slots__ = ("body", "compressed", "etag", "headers", "modified")

    def __init__(
        self,
        body: bytes,
        etag: str,
        modified: datetime,
        content_type: str = PLAYLIST_TYPE,
        compressed: bytes | None = None,
    ) -> None:
        self.body = body
        self.compressed = compressed
        self.etag = etag
        self.modified = modified
        self.headers = CIMultiDict(
            {
                "ETag": etag,
                "Last-Modified": http_date(modified),
                "Accept-Ranges": "bytes",
                "Cache-Control": REVALIDATE,
                "Content-Type": content_type,
            }
        )
        if compressed is not None:
            self.headers["Vary"] = "Accept-Encoding"


def accepts_gzip(request: web.Request) -> bool:
    return _allows_gzip(request.headers.get(ACCEPT_ENCODING, ""))


@lru_cache(maxsize=256)
def _allows_gzip(codings: str) -> bool:
    """Browsers of one kind send the same header each time."""
    return GZIP.search(codings) is not None


def text(request: web.Request, whole: CachedText) -> web.Response:
    """Send cached text; evaluates conditions and ranges. Ranges are those of the uncompressed body."""
    body, headers, etag = whole.body, whole.headers.copy(), whole.etag
    if whole.compressed is not None and RANGE not in request.headers and accepts_gzip(request):
        body, etag = whole.compressed, f'{whole.etag[:-1]}-gzip"'
        headers[CONTENT_ENCODING], headers[ETAG] = "gzip", etag
    decision = decide(request.headers, len(body), etag, whole.modified)
    if decision.status == 200:
        return web.Response(body=body, headers=headers)
    if decision.status == 304:
        del headers["Content-Type"]
        headers.popall(CONTENT_ENCODING, None)
        return web.Response(status=304, headers=headers)
    headers.extend(content_range(decision, len(body)))
    part = body[decision.start : decision.start + decision.count]
    return web.Response(status=decision.status, body=part, headers=headers)
