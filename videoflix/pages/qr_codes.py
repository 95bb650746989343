"""Draws QR codes."""

import segno
from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """An SVG without inline styles, dark on light as scanners expect, whatever the colours of the page."""
    drawn = segno.make(text, micro=False).svg_inline(
        omitsize=True, dark="#000", light="#fff", border=4, svgclass=None, lineclass=None
    )
    return Markup(drawn)  # noqa: S704
