"""Detects a server that others reach whose mails contain links to its own machine."""

from urllib.parse import urlsplit

from videoflix.loopback import is_loopback
from videoflix.settings import Settings


def warning(settings: Settings) -> str | None:
    """What is wrong with PUBLIC_URL, if anything is."""
    links = settings.frontend_base_url
    if settings.is_loopback or not is_loopback(urlsplit(links).hostname or ""):
        return None
    return (
        f"links in mails begin with {links}, which is the reader's own machine. "
        "Set PUBLIC_URL to the address under which browsers reach this server"
    )
