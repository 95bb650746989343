"""Detects settings for Docker Compose that are used outside of it: its host names mean nothing there."""

import re
import socket
from urllib.parse import urlsplit

from videoflix.settings import Settings, SettingsError

# The services that bin/start runs itself if these are unset.
SERVICES = {"DB_HOST": "PostgreSQL", "REDIS_HOST": "Redis", "REDIS_LOCATION": "Redis"}


def check(settings: Settings) -> None:
    """Raises SettingsError for a host name without dots that cannot be resolved."""
    hosts = {"DB_HOST": settings.db_host}
    if settings.redis_location.startswith("redis"):
        host = urlsplit(settings.redis_location).hostname or ""
        hosts["REDIS_HOST" if host == settings.redis_host else "REDIS_LOCATION"] = host
    for name, host in hosts.items():
        if re.fullmatch(r"[\w-]+", host, re.ASCII) and not _is_resolvable(host):
            service = SERVICES[name]
            raise SettingsError(
                f"{name} is {host!r}, and there is no such host. Docker Compose calls its own {service} like that, "
                f"and sets {name} itself: leave {name} out of .env, and bin/start runs its own {service}."
            )


def _is_resolvable(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return False
    return True
