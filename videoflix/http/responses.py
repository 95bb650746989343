"""The answers that more than one handler gives: what lies on the disk, texts from memory, and how long each may be
kept."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path

from aiohttp import web
from multidict import CIMultiDict

from videoflix.http.conditions import decide, http_date

IMMUTABLE = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"
PLAYLIST_TYPE = "application/vnd.apple.mpegurl"


def file(path: Path, content_type: str, caching: str) -> web.FileResponse:
    """A published file, whole or in part. It never changes: its time and size are its ETag."""
    return web.FileResponse(path, headers={"Content-Type": content_type, "Cache-Control": caching})


def checksum(body: bytes) -> str:
    """An ETag for what may change in more than one way."""
    return f'"{sha256(body).hexdigest()[:24]}"'


class CachedText:
    """A text in memory, with the headers that go with it: what many ask for is put together once."""

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
                "Cache-Control": ASK_AGAIN,
                "Content-Type": content_type,
            }
        )


def text(request: web.Request, whole: CachedText) -> web.Response:
    """The text, whole or in part."""
    body, headers = whole.body, whole.headers.copy()
    decision = decide(request.headers, len(body), whole.etag, whole.modified)
    if decision.status == 200:
        return web.Response(body=body, headers=headers)
    if decision.status == 304:
        del headers["Content-Type"]
        return web.Response(status=304, headers=headers)
    if decision.status == 206:
        end = decision.start + decision.count - 1
        headers["Content-Range"] = f"bytes {decision.start}-{end}/{len(body)}"
    else:
        headers["Content-Range"] = f"bytes */{len(body)}"
    part = body[decision.start : decision.start + decision.count]
    return web.Response(status=decision.status, body=part, headers=headers)
