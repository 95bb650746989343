"""The files of the admin pages, and scripts from npm, served from here if installed or else from a CDN."""

from pathlib import Path

from videoflix.http.npm import HLS, Script, installed
from videoflix.http.static import TYPES, read, security_headers

STATIC = Path(__file__).parent / "static"
SCRIPTS = {
    "hls": HLS,
    "sha256": Script(
        "js-sha256",
        "1.0.0",
        "build/sha256.min.js",
        "sha384-YTMize2HYkqOL+dEHHSVhVwdG1WDGACLBxFJZqV5iCkML7nhdjt8ZOiKmdGHX9Gu",
    ),
    "tus": Script(
        "tus-js-client",
        "4.3.1",
        "dist/tus.min.js",
        "sha384-UlHjK3F7TCQCEUpnoa1ohMbP2oaWB3Aypv4gMo511vaZ86uUZ0Zv7UzZ0J1zRUT1",
    ),
}


class AdminAssets:
    """All files of the admin pages, read once, and the security headers that they are sent with. `media` are the
    origins that films come from, besides this server."""

    def __init__(self, media: tuple[str, ...]) -> None:
        self.files = {path.name: read(path) for path in STATIC.iterdir() if path.suffix in TYPES}
        self.vendor = dict(installed(SCRIPTS))
        self.headers = security_headers(
            (script.cdn_url for name, script in SCRIPTS.items() if name not in self.vendor), media
        )

    def sources(self) -> dict[str, dict[str, str]]:
        """The address and the checksum of each script from npm."""
        return {
            name: {
                "src": f"/admin/vendor/{name}.js" if name in self.vendor else script.cdn_url,
                "integrity": script.integrity,
            }
            for name, script in SCRIPTS.items()
        }
