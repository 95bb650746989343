"""Recognises host names of docker compose in a configuration that is used outside of it."""

import re
import socket
from urllib.parse import urlsplit

from videoflix.settings import Settings, SettingsError

# What bin/start brings along in place of the service that compose runs.
SERVICES = {"DB_HOST": "PostgreSQL", "REDIS_HOST": "Redis", "REDIS_LOCATION": "Redis"}


def check(settings: Settings) -> None:
    """Raises SettingsError, with what to do, for a host of one word that nobody here knows."""
    hosts = {"DB_HOST": settings.db_host}
    if settings.redis_location.startswith("redis"):
        host = urlsplit(settings.redis_location).hostname or ""
        hosts["REDIS_HOST" if host == settings.redis_host else "REDIS_LOCATION"] = host
    for name, host in hosts.items():
        if re.fullmatch(r"[\w-]+", host, re.ASCII) and not _is_known(host):
            service = SERVICES[name]
            raise SettingsError(
                f"{name} names {host!r}, and no host is called so here. That is how docker compose calls its own "
                f"{service}: leave {name} out of .env, which compose does not need either, and bin/start runs a "
                f"{service} of its own."
            )


def _is_known(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return False
    return True
