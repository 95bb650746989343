"""The page that shows the document, and Swagger UI from npm, which renders it."""

from functools import cached_property
from pathlib import Path

from videoflix.http.npm import Script, installed
from videoflix.http.responses import CachedText
from videoflix.http.static import read, security_headers

STATIC = Path(__file__).parent / "static"
PACKAGE, VERSION = "swagger-ui-dist", "5.35.0"
RENDERER = {
    "swagger-ui.js": Script(
        PACKAGE,
        VERSION,
        "swagger-ui-bundle.js",
        "sha384-gjRm0bEPMeTmMh5jT2cHccIwCUZSTd8YC+j0d0sXw0MdGEfScduGpSyF3ZSSLkX9",
    ),
    "swagger-ui.css": Script(
        PACKAGE,
        VERSION,
        "swagger-ui.css",
        "sha384-WlYgdmXYOOBWL5apwjDEZwN+U3HmXSSu5R6V5aGxEcf7z+KuRNwBhoxKVN1i3D5I",
    ),
}


class ReferenceAssets:
    """The page and its files, read when they are first requested: few people do, and compressing takes its time. What
    npm has not installed comes from a CDN."""

    @cached_property
    def files(self) -> dict[str, CachedText]:
        return {"docs.js": read(STATIC / "docs.js"), **dict(installed(RENDERER))}

    @cached_property
    def page(self) -> str:
        text = (STATIC / "docs.html").read_text()
        for name, script in RENDERER.items():
            source = f"/api/docs/{name}" if name in self.files else script.cdn_url
            text = text.replace(f'"{name}"', f'"{source}" integrity="{script.integrity}" crossorigin="anonymous"')
        return text

    @cached_property
    def headers(self) -> dict[str, str]:
        """Of the page: it loads the renderer and the document, and nothing else."""
        missing = {name: script.cdn_url for name, script in RENDERER.items() if name not in self.files}
        scripts = " ".join(["'self'", *(url for name, url in missing.items() if name.endswith(".js"))])
        styles = " ".join(["'self'", *(url for name, url in missing.items() if name.endswith(".css"))])
        policy = (
            f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src 'self' data:; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return {**security_headers(), "Content-Security-Policy": policy}
