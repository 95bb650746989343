"""Files from npm packages: served from here if npm has installed them, or else loaded from a CDN."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha384
from pathlib import Path

from msgspec import Struct

from videoflix.http.responses import CachedText
from videoflix.http.static import read

# Beside the package: installed there by npm in a checkout, and by the Dockerfile in the image.
NODE_MODULES = Path(__file__).parents[2] / "node_modules"
CDN = "https://cdn.jsdelivr.net/npm"


class Script(Struct, frozen=True):
    """A script from npm. Browsers run it only if its checksum matches `integrity`."""

    package: str
    version: str
    file: str
    integrity: str

    @property
    def cdn_url(self) -> str:
        return f"{CDN}/{self.package}@{self.version}/{self.file}"


HLS = Script(
    "hls.js",
    "1.7.4",
    "dist/hls.min.js",
    "sha384-p9vgU/7IYJWd3I4STrtqxqR/2cAQlhIX7D/HrTnIMEjjcUox165b7se7sxmm3zDg",
)


def integrity(body: bytes) -> str:
    """A checksum for Subresource Integrity."""
    return "sha384-" + b64encode(sha384(body).digest()).decode()


def installed(scripts: Mapping[str, Script]) -> Iterator[tuple[str, CachedText]]:
    """The scripts that npm has installed. Files with another checksum are ignored."""
    for name, script in scripts.items():
        path = NODE_MODULES / script.package / script.file
        if path.is_file() and integrity(path.read_bytes()) == script.integrity:
            yield name, read(path)
