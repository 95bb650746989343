"""Encodes as rows: from what is to be made to what is published."""

from collections.abc import Iterable
from datetime import timedelta

from videoflix.db.pool import Connection
from videoflix.db.queries import Queries
from videoflix.models import EncodeState, JobKind, Probe, Progress, Rung, Segment

SQL = Queries("encodes")


async def insert(connection: Connection, video_id: int) -> int | None:
    """The next version of a film, to be made; None if the video is unknown or one is in the making."""
    encode_id: int | None = await connection.fetchval(SQL.insert, video_id)
    return encode_id


async def videos_without_film(connection: Connection) -> list[int]:
    return [row["id"] for row in await connection.fetch(SQL.without_film)]


async def all_videos(connection: Connection) -> list[int]:
    return [row["id"] for row in await connection.fetch(SQL.all_videos)]


async def begin(connection: Connection, encode_id: int, probe: Probe, rungs: Iterable[Rung]) -> bool:
    """Record what ingest found out; False if the encode no longer waits for it."""
    rate = probe.frame_rate
    began = await connection.fetchval(SQL.begin, encode_id, probe.duration, rate.numerator, rate.denominator)
    if began:
        rows = [(encode_id, rung.label, rung.width, rung.height) for rung in rungs]
        await connection.executemany(SQL.insert_rendition, rows)
    return bool(began)


async def replace_segments(
    connection: Connection, encode_id: int, segments: dict[int, list[Segment]], codecs: dict[int, str]
) -> None:
    """The segments of each rung (by label) as they were published, in place of an earlier try's."""
    await connection.execute(SQL.remove_segments, encode_id)
    rows = [
        (encode_id, label, one.number, one.duration, one.bytes)
        for label, of_rung in segments.items()
        for one in of_rung
    ]
    await connection.executemany(SQL.insert_segment, rows)
    await connection.executemany(SQL.set_codecs, [(encode_id, *pair) for pair in codecs.items()])


async def rungs(connection: Connection, encode_id: int) -> tuple[Rung, ...]:
    """What ingest has planned, lowest first; empty if the encode is gone."""
    return tuple(Rung(*row) for row in await connection.fetch(SQL.labels, encode_id))


async def exists(connection: Connection, encode_id: int) -> bool:
    return bool(await connection.fetchval(SQL.exists, encode_id))


async def measure(connection: Connection, encode_id: int) -> float:
    """Work out the rates of the rungs and the true length of the film from its segments; that length."""
    await connection.execute(SQL.measure, encode_id)
    duration: float = await connection.fetchval(SQL.set_duration, encode_id)
    return duration


async def publish(connection: Connection, encode_id: int, *, has_thumbnail: bool) -> None:
    await connection.execute(SQL.publish, encode_id, has_thumbnail)


async def fail(connection: Connection, encode_id: int, reason: str) -> None:
    await connection.execute(SQL.fail, encode_id, reason)


async def remove_superseded(connection: Connection, grace: timedelta) -> list[tuple[int, int]]:
    """Forget versions that were replaced longer ago than `grace`; the video and version of each."""
    return [tuple(row) for row in await connection.fetch(SQL.remove_superseded, grace)]


async def progress(connection: Connection, video_id: int) -> Progress | None:
    """How far the newest encode is; None if the video is unknown."""
    row = await connection.fetchrow(SQL.progress, video_id)
    if row is None:
        return None
    return Progress(
        state=EncodeState(row["state"]),
        job=JobKind(row["kind"]) if row["kind"] else None,
        rungs=tuple(row["rungs"]),
        done=row["progress"],
        speed=row["speed"],
        duration=row["duration"],
        error=row["error"],
    )
