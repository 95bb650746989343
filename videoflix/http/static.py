"""Static files: read once, with their content types, and the security headers of the pages that use them."""

import gzip
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from videoflix.http.responses import CachedText, checksum

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".png": "image/png",
    ".speculationrules": "application/speculationrules+json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".woff2": "font/woff2",
}
BINARY = ("image/png", "image/x-icon", "font/")


@cache
def read(path: Path) -> CachedText:
    """A file with its compressed form, if it is a text: compressing hls.js takes 0.2 s, too long for each request."""
    body, modified = path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC)
    content_type = TYPES[path.suffix]
    compressed = None if content_type.startswith(BINARY) else gzip.compress(body, mtime=0)
    return CachedText(body, checksum(body), modified, content_type, compressed)


def security_headers(
    scripts: Iterable[str] = (), media: Iterable[str] = (), *, inline_styles: bool = False
) -> dict[str, str]:
    """The security headers of a page that loads files from this server only, and from elsewhere these scripts, and
    media of these origins.

    hls.js needs `blob:` for its media and its worker, and `data:` for empty captions. `inline_styles` is for
    components that style themselves.
    """
    allowed = " ".join(["'self'", *scripts])
    elsewhere = " ".join(["'self'", *media])
    styles = "'self' 'unsafe-inline'" if inline_styles else "'self'"
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src {styles}; img-src 'self' data: blob:; "
        f"media-src {elsewhere} blob: data:; connect-src {elsewhere}; worker-src 'self' blob:; font-src 'self'; "
        "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
