"""How the files that a web process may have open are shared out: half for connections, a quarter for films."""

import resource

# PostgreSQL, Redis, the log, and what is read or written just now.
RESERVED = 64
MAX_CONNECTIONS, MAX_FILES, MAX_STREAMS = 4096, 512, 500


def raise_limit() -> None:
    """As far as it may be raised, and is of use; often it is 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = RESERVED + 2 * MAX_CONNECTIONS
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_connections() -> int:
    return min(MAX_CONNECTIONS, _share(2))


def most_files() -> int:
    """Published files that are kept open, apart from those that are being read."""
    return min(MAX_FILES, _share(4))


def most_streams() -> int:
    """Streams of events, so that half of the connections are left to players."""
    return min(MAX_STREAMS, _share(4))


def _share(parts: int) -> int:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(1, (limit - RESERVED) // parts)
