"""The files of the pages: scripts and styles, the font and the player's libraries from npm, and the security headers
that pages are sent with."""

from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from videoflix.http.npm import HLS, NODE_MODULES, Script, installed
from videoflix.http.static import TYPES, read, security_headers

STATIC = Path(__file__).parent / "static"
SCRIPTS = {
    "hls": HLS,
    "media-chrome": Script(
        "media-chrome",
        "4.19.4",
        "dist/iife/all.js",
        "sha384-rPsnL4xP7aEemyAdrU987muXJOwD4YCQyTWINVchKW+YdRRi9AYrnIMWfp1cP+LJ",
    ),
}
# Without npm, pages use the font of the system.
FONT = "@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2"
# Browsers ask for these at fixed addresses.
FIXED = ("favicon.ico", "manifest.webmanifest", "robots.txt", "service-worker.js")


class Source(Struct, frozen=True):
    """Where a page loads a script from npm, and its checksum."""

    src: str
    integrity: str


class PageAssets:
    """All files, read once. `version` is in the addresses of scripts and styles, and changes with any of them. Films
    come from the origins `media`, besides this server."""

    def __init__(self, media: tuple[str, ...]) -> None:
        files = sorted(path for path in STATIC.iterdir() if path.suffix in TYPES)
        self.files = {path.name: read(path) for path in files}
        font = NODE_MODULES / FONT
        if font.is_file():
            self.files["font.woff2"] = read(font)
        self.vendor = dict(installed(SCRIPTS))
        self.version = sha256("".join(file.etag for file in self.files.values()).encode()).hexdigest()[:12]
        self.headers = security_headers()
        self.player_headers = security_headers(
            (script.cdn_url for name, script in SCRIPTS.items() if name not in self.vendor), media, inline_styles=True
        )

    def url(self, name: str) -> str:
        return f"/static/{self.version}/{name}"

    def source(self, name: str) -> Source:
        """The address and the checksum of a script from npm."""
        script = SCRIPTS[name]
        here = f"/static/vendor/{script.version}/{name}.js"
        return Source(here if name in self.vendor else script.cdn_url, script.integrity)
