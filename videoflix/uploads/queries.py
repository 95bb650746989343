"""Uploads: how much of each was received, and what became of it."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.models import VideoText
from videoflix.uploads.models import Upload, UploadState

SQL = Queries("uploads")

# An upload can be resumed for this long after its last byte; one that has ended is listed for as long.
LIFETIME = timedelta(days=7)


async def insert(connection: Connection, upload: Upload) -> None:
    await connection.execute(
        SQL.insert,
        *(upload.id, upload.filename, upload.title, upload.description, upload.category, upload.metadata),
        *(upload.length, upload.replaces, upload.video_id, LIFETIME),
    )


async def find(connection: Connection, upload_id: UUID) -> Upload | None:
    row = await connection.fetchrow(SQL.find, upload_id)
    return _upload(row) if row else None


async def lock(connection: Connection, upload_id: UUID) -> Upload | None:
    """The same, locked until the transaction ends."""
    row = await connection.fetchrow(SQL.lock, upload_id)
    return _upload(row) if row else None


async def listing(connection: Connection, count: int, skip: int) -> tuple[list[Upload], int]:
    """`count` uploads after the newest `skip` of those under way or ended lately, and the number of all."""
    rows = await connection.fetch(SQL.listing, count, skip)
    return [_upload(row) for row in rows], rows[0]["total"] if rows else 0


async def outstanding(connection: Connection, silent: timedelta) -> int:
    """Bytes that are still to come of uploads that were not `silent` for longer."""
    count: int = await connection.fetchval(SQL.outstanding, LIFETIME - silent)
    return count


async def advance(
    connection: Connection, upload: Upload, received: int, parts: tuple[str, ...] = ()
) -> datetime | None:
    """Record that so many bytes are safe, in these parts. Returns when the upload expires, or None if it no longer
    receives bytes, or has other parts than it had."""
    expires_at: datetime | None = await connection.fetchval(
        SQL.advance, upload.id, received, LIFETIME, list(parts), list(upload.parts)
    )
    return expires_at


async def finish(connection: Connection, upload_id: UUID, video_id: int) -> VideoText | None:
    """It has become a video. Returns its metadata, or None if it no longer receives bytes."""
    row = await connection.fetchrow(SQL.finish, upload_id, video_id, LIFETIME)
    return VideoText(*row) if row else None


async def video_title(connection: Connection, video_id: int) -> str | None:
    """None if the video is unknown."""
    title: str | None = await connection.fetchval(SQL.video_title, video_id)
    return title


async def is_in_the_making(connection: Connection, video_id: int) -> bool:
    """Whether an original is still in use; this does not change while the video is locked."""
    return bool(await connection.fetchval(SQL.is_in_the_making, video_id))


async def set_original(connection: Connection, video_id: int, count: int, fingerprint: bytes) -> None:
    await connection.execute(SQL.set_original, video_id, count, fingerprint)


async def begin_placing(connection: Connection, upload_id: UUID) -> bool:
    """False if it no longer receives bytes."""
    return bool(await connection.fetchval(SQL.begin_placing, upload_id, LIFETIME))


async def hold_encode(connection: Connection, video_id: int) -> None:
    await connection.execute(SQL.hold_encode, video_id)


async def end_placing(connection: Connection, upload_id: UUID) -> None:
    await connection.execute(SQL.end_placing, upload_id)


async def refuse(connection: Connection, upload_id: UUID, reason: str) -> None:
    await connection.execute(SQL.refuse, upload_id, reason, LIFETIME)


async def cancel(connection: Connection, upload_id: UUID) -> tuple[UploadState, str] | None:
    """Its state until now and its title; None if there is nothing to cancel."""
    row = await connection.fetchrow(SQL.cancel, upload_id, LIFETIME)
    return (UploadState(row["state"]), row["title"]) if row else None


async def edit(connection: Connection, upload_id: UUID, text: VideoText) -> None:
    await connection.execute(SQL.edit, upload_id, text.title, text.description, text.category)


async def to_inspect(connection: Connection, received: int) -> tuple[UUID, tuple[str, ...]] | None:
    """An upload and its parts."""
    row = await connection.fetchrow(SQL.to_inspect, received)
    return (row["id"], tuple(row["parts"])) if row else None


async def expire(connection: Connection) -> list[UUID]:
    return [row["id"] for row in await connection.fetch(SQL.expire, LIFETIME)]


async def forget(connection: Connection) -> None:
    await connection.execute(SQL.forget)


async def being_placed(connection: Connection) -> list[UUID]:
    return [row["id"] for row in await connection.fetch(SQL.being_placed)]


async def with_file(connection: Connection) -> set[UUID]:
    return {row["id"] for row in await connection.fetch(SQL.with_file)}


def _upload(row: asyncpg.Record) -> Upload:
    fields = {name: row[name] for name in Upload.__struct_fields__}
    return Upload(**{**fields, "state": UploadState(row["state"]), "parts": tuple(row["parts"])})
