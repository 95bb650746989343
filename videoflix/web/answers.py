"""The answers that more than one handler gives: what lies on the disk, and how long it may be kept."""

from pathlib import Path

from aiohttp import web

IMMUTABLE = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"


def file(path: Path, content_type: str, caching: str) -> web.FileResponse:
    """A published file, whole or in part. It never changes: its time and size are its ETag."""
    return web.FileResponse(path, headers={"Content-Type": content_type, "Cache-Control": caching})
