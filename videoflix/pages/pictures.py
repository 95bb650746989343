"""How pages show thumbnails: in the width that fits, and on their dominant colour until they have come."""

from functools import lru_cache

from markupsafe import Markup

from videoflix.storage.names import THUMBNAIL_WIDTH, THUMBNAIL_WIDTHS, thumbnail_widths

# A home page has hundreds of thumbnails, and the same for all viewers.
CACHED = 4096


@lru_cache(CACHED)
def srcset(address: str, widest: int, sizes: str, most: int = THUMBNAIL_WIDTHS[-1]) -> Markup:
    """The attributes for a thumbnail in its widths up to `most`, by its address and its largest width in pixels.
    Empty if there is no choice."""
    widths = [width for width in thumbnail_widths(widest) if width <= most]
    if len(widths) < 2:
        return Markup()
    files = ", ".join(f"{_in_width(address, width)} {min(width, widest)}w" for width in widths)
    return Markup(' srcset="{}" sizes="{}"').format(files, sizes)


@lru_cache(CACHED)
def colour(colour: str | None) -> Markup:
    """An area of a colour, in an attribute of SVG: the Content Security Policy allows no styles in elements."""
    return Markup('<svg color="{}" aria-hidden="true"></svg>').format(colour) if colour else Markup()


def largest(address: str, widest: int) -> str:
    """The address of a thumbnail in its largest width."""
    return _in_width(address, thumbnail_widths(widest)[-1])


def _in_width(address: str, width: int) -> str:
    return address if width == THUMBNAIL_WIDTH else f"{address}&width={width}"
