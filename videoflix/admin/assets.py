"""The files of the admin pages, and two scripts from npm, served from here if installed or else from a CDN."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha384
from pathlib import Path

from msgspec import Struct

from videoflix.http.responses import CachedText, checksum

STATIC = Path(__file__).parent / "static"
# Beside the package: installed there by npm in a checkout, and by the Dockerfile in the image.
NODE_MODULES = Path(__file__).parents[2] / "node_modules"
CDN = "https://cdn.jsdelivr.net/npm"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Script(Struct, frozen=True):
    """A script from npm. Browsers run it only if its checksum matches `integrity`."""

    package: str
    version: str
    file: str
    integrity: str

    @property
    def cdn_url(self) -> str:
        return f"{CDN}/{self.package}@{self.version}/{self.file}"


SCRIPTS = {
    "hls": Script(
        "hls.js",
        "1.7.4",
        "dist/hls.min.js",
        "sha384-p9vgU/7IYJWd3I4STrtqxqR/2cAQlhIX7D/HrTnIMEjjcUox165b7se7sxmm3zDg",
    ),
    "tus": Script(
        "tus-js-client",
        "4.3.1",
        "dist/tus.min.js",
        "sha384-UlHjK3F7TCQCEUpnoa1ohMbP2oaWB3Aypv4gMo511vaZ86uUZ0Zv7UzZ0J1zRUT1",
    ),
}


class AdminAssets:
    """All files of the admin pages, read once, and the security headers that they are sent with."""

    def __init__(self) -> None:
        self.files = {path.name: _read(path) for path in STATIC.iterdir() if path.suffix in TYPES}
        self.vendor = dict(_installed())
        self.headers = {
            "Content-Security-Policy": _policy(
                [script for name, script in SCRIPTS.items() if name not in self.vendor]
            ),
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }

    def sources(self) -> dict[str, dict[str, str]]:
        """The address and the checksum of each script from npm."""
        return {
            name: {
                "src": f"/admin/vendor/{name}.js" if name in self.vendor else script.cdn_url,
                "integrity": script.integrity,
            }
            for name, script in SCRIPTS.items()
        }


def _read(path: Path) -> CachedText:
    body, modified = path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return CachedText(body, checksum(body), modified, TYPES[path.suffix])


def integrity(body: bytes) -> str:
    """A checksum for Subresource Integrity."""
    return "sha384-" + b64encode(sha384(body).digest()).decode()


def _installed() -> Iterator[tuple[str, CachedText]]:
    """The scripts that npm has installed. Files with another checksum are ignored."""
    for name, script in SCRIPTS.items():
        path = NODE_MODULES / script.package / script.file
        if path.is_file() and integrity(path.read_bytes()) == script.integrity:
            yield name, _read(path)


def _policy(missing: list[Script]) -> str:
    """Allows only files from this server, and the missing scripts from the CDN. hls.js needs `blob:` for its media
    and its worker."""
    scripts = " ".join(["'self'", *(script.cdn_url for script in missing)])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data: blob:; "
        "media-src 'self' blob:; connect-src 'self'; worker-src blob:; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
