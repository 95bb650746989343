"""Tells whether others reach this server, and whether its mails then contain links to its own machine."""

from urllib.parse import urlsplit

from videoflix.loopback import is_loopback
from videoflix.settings import Settings


def is_public(settings: Settings) -> bool:
    """Whether others reach this server: itself, or through a proxy on this machine under PUBLIC_URL."""
    return not (settings.is_loopback and is_loopback(urlsplit(settings.public_url).hostname or ""))


def warning(settings: Settings) -> str | None:
    """What is wrong with PUBLIC_URL, if anything is."""
    links = settings.frontend_base_url
    if not is_public(settings) or not is_loopback(urlsplit(links).hostname or ""):
        return None
    name, what = ("PUBLIC_URL", "this server") if links == settings.public_url else ("FRONTEND_BASE_URL", "the pages")
    return (
        f"links in mails begin with {links}, which is the reader's own machine. "
        f"Set {name} to the address under which browsers reach {what}"
    )
