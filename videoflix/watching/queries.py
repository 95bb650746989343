"""Queries of positions, histories and lists."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec
from msgspec.structs import astuple

from videoflix.accounts.models import Session
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.errors import NotFound
from videoflix.watching.models import OwnFilms, Playback, Progress, RowKind, State
from videoflix.watching.progress import CONTINUED_FOR, resume_at

SQL = Queries("watching")

# Processes write reports within seconds, or as soon as the database answers again.
LATE_REPORTS = timedelta(hours=1)

# A profile and a video.
Key = tuple[int, int]
States = list[tuple[int, State]]


async def playable_duration(connection: Connection, video_id: int) -> float | None:
    """In seconds, 0 if it is not known yet; None for a video that is unknown or cannot be played."""
    duration: float | None = await connection.fetchval(SQL.playable_duration, video_id)
    return duration


async def progress(connection: Connection, key: Key) -> Progress | None:
    row = await connection.fetchrow(SQL.progress, *key)
    return _progress(row) if row else None


async def lock_progress(connection: Connection, durations: Mapping[Key, float]) -> dict[Key, Progress]:
    """Lock the progress of profiles in videos of these durations, until the transaction ends; what is new is created.

    Profiles and videos that were deleted are left out.
    """
    profiles, videos = [profile for profile, _ in durations], [video for _, video in durations]
    await connection.execute(SQL.create_progress, profiles, videos, list(durations.values()))
    rows = await connection.fetch(SQL.lock_progress, profiles, videos)
    return {(row["profile_id"], row["video_id"]): _progress(row) for row in rows}


async def set_progress(connection: Connection, changed: Mapping[Key, Progress]) -> None:
    columns: tuple[list[Any], ...] = tuple(map(list, zip(*map(_columns, changed, changed.values()), strict=True)))
    if columns:
        await connection.execute(SQL.set_progress, *columns)


async def forget(connection: Connection, at: datetime, profile_id: int, video_id: int | None = None) -> None:
    """Delete the progress of a profile in one video or in all. Reports that were received before do not count."""
    await connection.execute(SQL.forget, profile_id, video_id, at)


async def remove_forgotten(connection: Connection) -> None:
    """Remove what `forget` has left, when no report can come any more."""
    await connection.execute(SQL.remove_forgotten, LATE_REPORTS)


async def hide(connection: Connection, key: Key) -> bool:
    """Remove a video from the films to continue, an episode with its series; False if it is not among them."""
    return _affected(await connection.execute(SQL.hide, *key))


async def add_to_list(connection: Connection, key: Key) -> None:
    """Raises NotFound if the profile or the video is deleted at the same moment."""
    with unless_deleted():
        await connection.execute(SQL.add_to_list, *key)


@contextmanager
def unless_deleted() -> Iterator[None]:
    """A query that creates rows of a profile and a video. Raises NotFound if one of them is deleted meanwhile."""
    try:
        yield
    except asyncpg.ForeignKeyViolationError:
        raise NotFound from None


async def remove_from_list(connection: Connection, key: Key) -> None:
    await connection.execute(SQL.remove_from_list, *key)


async def continuing(
    connection: Connection, session: Session, now: datetime, count: int, skip: int = 0
) -> tuple[States, int]:
    """The films that a viewer can continue, latest first, and the total."""
    values = (session.profile_id, now - CONTINUED_FOR, count, skip, astuple(session.viewer))
    return _page(await connection.fetch(SQL.continuing, *values))


async def next_of_series(connection: Connection, session: Session, series_id: int) -> int | None:
    """The episode with which a viewer goes on; None if the viewer has not begun the series, or has seen its end."""
    if session.is_guest:
        return None
    video_id: int | None = await connection.fetchval(
        SQL.next_of_series, session.profile_id, astuple(session.viewer), series_id
    )
    return video_id


async def history(connection: Connection, session: Session, count: int, skip: int = 0) -> tuple[States, int]:
    """The films that a viewer has played, latest first, and the total."""
    return _page(await connection.fetch(SQL.history, session.profile_id, count, skip, astuple(session.viewer)))


async def my_list(connection: Connection, session: Session, count: int, skip: int = 0) -> tuple[States, int]:
    """The films on the list of a viewer, added last first, and the total."""
    return _page(await connection.fetch(SQL.my_list, session.profile_id, count, skip, astuple(session.viewer)))


async def states(connection: Connection, session: Session, video_ids: Iterable[int]) -> dict[int, State]:
    """What a viewer has done with these videos. Others are missing. Nothing is known of guests."""
    if session.is_guest:
        return {}
    rows = await connection.fetch(SQL.states, session.profile_id, list(video_ids))
    return {row["video_id"]: _state(row) for row in rows}


async def home(connection: Connection, session: Session, video_ids: list[int], now: datetime, count: int) -> OwnFilms:
    """At most `count` films to continue and of the list of a viewer, and the states of these and of other videos."""
    values = (session.profile_id, video_ids, now - CONTINUED_FOR, count, astuple(session.viewer))
    rows = await connection.fetch(SQL.home, *values)
    continuing = [row for row in rows if row["kind"] == RowKind.CONTINUE]
    listed = [row for row in rows if row["kind"] == RowKind.LIST]
    return OwnFilms(
        continuing=[row["video_id"] for row in continuing],
        continuing_total=continuing[0]["total"] if continuing else 0,
        listed=[row["video_id"] for row in listed],
        listed_total=listed[0]["total"] if listed else 0,
        states={row["video_id"]: _state(row) for row in rows},
    )


def _page(rows: list[asyncpg.Record]) -> tuple[States, int]:
    return [(row["video_id"], _state(row)) for row in rows], rows[0]["total"] if rows else 0


def _state(row: asyncpg.Record) -> State:
    return State(
        position=row["position"] or 0.0,
        duration=row["duration"] or 0.0,
        resume_at=row["resume_at"],
        watched=row["watched_at"] is not None,
        in_list=row["in_list"],
        played_at=row["played_at"],
    )


def _progress(row: asyncpg.Record) -> Progress:
    return Progress(
        position=row["position"],
        duration=row["duration"],
        watched_at=row["watched_at"],
        played_at=row["played_at"],
        hidden_at=row["hidden_at"],
        forgotten_at=row["forgotten_at"],
        seen=int.from_bytes(row["seen"], "little"),
        playbacks=msgspec.json.decode(row["playbacks"], type=tuple[Playback, ...]),
    )


def _columns(key: Key, value: Progress) -> tuple[Any, ...]:
    """The values of a row for SQL.set_progress."""
    return (
        *key,
        value.position,
        value.duration,
        resume_at(value.position, value.duration),
        value.watched_at,
        value.played_at,
        value.hidden_at,
        value.forgotten_at,
        value.seen.to_bytes(-(-value.seen.bit_length() // 8), "little"),
        msgspec.json.encode(value.playbacks).decode(),
    )


def _affected(status: str) -> bool:
    """Whether a command changed a row: its status is like `DELETE 1`."""
    return not status.endswith(" 0")
