"""Checks when the last backup was made."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg

from videoflix.checks.finding import Finding, Mark
from videoflix.db.pool import open_database
from videoflix.errors import VideoflixError
from videoflix.library.queries import videos
from videoflix.settings import Settings
from videoflix.storage import last_backup
from videoflix.storage.folders import format_bytes

# Warn of a backup that is older; a weekly one may be late by a day.
MAX_AGE = timedelta(days=8)


async def backup(settings: Settings) -> AsyncIterator[Finding]:
    """The age of the last backup, and what it contains."""
    try:
        last = await asyncio.to_thread(last_backup.read, settings.data_dir)
    except OSError as error:
        yield Finding(Mark.WARNING, f"{settings.data_dir / last_backup.FILE} cannot be read: {error.strerror}")
        return
    if last is None:
        mark = Mark.WARNING if await _has_films(settings) else Mark.GOOD
        yield Finding(mark, "there is none yet; bin/backup DIR makes one")
        return
    age = datetime.now(UTC) - last.finished_at
    parts = [*(["originals"] if last.has_originals else []), *(["films"] if last.has_films else [])]
    contents = f"with {' and '.join(parts)}" if parts else "without originals and films"
    message = f"the last one was made {_ago(age)} in {last.folder}, {contents} ({format_bytes(last.bytes)})"
    yield Finding(Mark.WARNING if age > MAX_AGE else Mark.GOOD, message)


async def _has_films(settings: Settings) -> bool:
    database = await open_database(settings, most=1)
    try:
        async with database.connection() as connection:
            return await videos.was_any_ever_added(connection)
    except (VideoflixError, asyncpg.PostgresError):  # the check of the database reports it
        return False
    finally:
        await database.close()


def _ago(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    if hours < 1:
        return "less than an hour ago"
    if hours < 48:
        return "1 hour ago" if hours == 1 else f"{hours} hours ago"
    return f"{age.days} days ago"
