"""Responses that several handlers use: files, cached text, and their Cache-Control."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path

from aiohttp import web
from multidict import CIMultiDict

from videoflix.http.conditions import content_range, decide, http_date

IMMUTABLE = "private, max-age=31536000, immutable"
REVALIDATE = "private, no-cache"
PLAYLIST_TYPE = "application/vnd.apple.mpegurl"


def file(path: Path, content_type: str, caching: str) -> web.FileResponse:
    """A published file, with ranges. It never changes, so aiohttp's ETag of time and size is enough."""
    return web.FileResponse(path, headers={"Content-Type": content_type, "Cache-Control": caching})


def checksum(body: bytes) -> str:
    """A strong ETag from the content."""
    return f'"{sha256(body).hexdigest()[:24]}"'


class CachedText:
    """A body in memory with its headers, built once for many requests."""

    __slots__ = ("body", "etag", "headers", "modified")

    def __init__(self, body: bytes, etag: str, modified: datetime, content_type: str = PLAYLIST_TYPE) -> None:
        self.body = body
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


def text(request: web.Request, whole: CachedText) -> web.Response:
    """Send cached text; evaluates conditions and ranges."""
    body, headers = whole.body, whole.headers.copy()
    decision = decide(request.headers, len(body), whole.etag, whole.modified)
    if decision.status == 200:
        return web.Response(body=body, headers=headers)
    if decision.status == 304:
        del headers["Content-Type"]
        return web.Response(status=304, headers=headers)
    headers.extend(content_range(decision, len(body)))
    part = body[decision.start : decision.start + decision.count]
    return web.Response(status=decision.status, body=part, headers=headers)
