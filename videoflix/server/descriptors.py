"""Divides the limit of open files: half of it for connections, a quarter each for cached films and event streams."""

import resource

# For PostgreSQL, Redis, the log, and files that are being read or written.
RESERVED = 64
MAX_CONNECTIONS, MAX_FILES, MAX_STREAMS = 4096, 512, 500


def raise_limit() -> None:
    """Raise the soft limit, often 1,024, as far as the hard limit allows and as we can use it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = RESERVED + 2 * MAX_CONNECTIONS
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def max_connections() -> int:
    return min(MAX_CONNECTIONS, _share(2))


def max_files() -> int:
    """Published files that are kept open in a cache."""
    return min(MAX_FILES, _share(4))


def max_streams() -> int:
    """Event streams, which leave half of the connections for players."""
    return min(MAX_STREAMS, _share(4))


def _share(parts: int) -> int:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(1, (limit - RESERVED) // parts)
