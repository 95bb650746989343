"""The rows of encoding: what ingest plans, what units publish, and how an encode ends."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.encoding.geometry import Geometry
from videoflix.encoding.models import EncodePlan, Probe, Rendition, Segment
from videoflix.queue.models import Job

SQL = Queries("encoding")


async def begin(connection: Connection, encode_id: int, plan: EncodePlan) -> bool:
    """Record the result of ingest; False if the encode no longer waits for it."""
    probe, rate = plan.probe, plan.probe.frame_rate
    began = await connection.fetchval(
        SQL.begin,
        encode_id,
        float(probe.frames / rate) if probe.frames else probe.duration,
        rate.numerator,
        rate.denominator,
        msgspec.json.encode(probe, enc_hook=str).decode(),
        list(probe.notes),
        msgspec.json.encode(plan.geometry).decode(),
    )
    if began:
        renditions = [(encode_id, *msgspec.structs.astuple(one)) for one in plan.renditions]
        await connection.executemany(SQL.insert_rendition, renditions)
        tracks = [
            (encode_id, number, one.stream, one.language, one.name) for number, one in enumerate(probe.audio_tracks)
        ]
        await connection.executemany(SQL.insert_audio_track, tracks)
    return bool(began)


async def may_copy(connection: Connection, encode_id: int) -> bool:
    """Whether the video of the original may be copied; False if the encode does not exist any more."""
    return bool(await connection.fetchval(SQL.may_copy, encode_id))


async def add_note(connection: Connection, encode_id: int, note: str) -> None:
    """Add notes for the people who added the film."""
    await connection.execute(SQL.add_note, encode_id, note)


async def plan(connection: Connection, encode_id: int) -> EncodePlan | None:
    """None if the encode does not exist or waits for ingest."""
    row = await connection.fetchrow(SQL.plan, encode_id)
    if row is None:
        return None
    renditions = await connection.fetch(SQL.labels, encode_id)
    return EncodePlan(
        msgspec.json.decode(row["probe"], type=Probe, dec_hook=lambda kind, text: kind(text)),
        tuple(Rendition(*row) for row in renditions),
        msgspec.json.decode(row["geometry"], type=Geometry),
    )


async def duration(connection: Connection, encode_id: int) -> float | None:
    """In seconds; None if it is unknown before the film is complete."""
    seconds: float | None = await connection.fetchval(SQL.duration, encode_id)
    return seconds


async def set_audio_segments(connection: Connection, encode_id: int, track: int, segments: int) -> None:
    await connection.execute(SQL.set_audio_segments, encode_id, track, segments)


async def complete_audio_track(connection: Connection, encode_id: int, track: int) -> None:
    await connection.execute(SQL.complete_audio_track, encode_id, track)


async def replace_segments(connection: Connection, job: Job, made: dict[int, list[Segment]]) -> None:
    """The published segments of a unit in each rendition (by label), in place of those of an earlier try."""
    await connection.execute(SQL.remove_segments, job.encode_id, job.first_segment, job.segments)
    for label, segments in made.items():
        await insert_segments(connection, job.encode_id, label, segments)


async def insert_segments(connection: Connection, encode_id: int, label: int, published: Sequence[Segment]) -> None:
    """Published segments of one rendition, whose size grows by theirs."""
    await connection.execute(
        SQL.insert_segments,
        encode_id,
        label,
        [one.number for one in published],
        [one.duration for one in published],
        [one.bytes for one in published],
    )


async def set_codecs(connection: Connection, encode_id: int, codecs: dict[int, str]) -> None:
    await connection.executemany(SQL.set_codecs, [(encode_id, *pair) for pair in codecs.items()])


async def grow(connection: Connection, encode_id: int) -> None:
    """A unit is done: there may be more to watch."""
    await connection.execute(SQL.grow, encode_id)


async def publish(connection: Connection, encode_id: int) -> None:
    """The last unit is done: measure the renditions and the film's true length, and mark it complete."""
    await connection.execute(SQL.measure, encode_id)
    await connection.execute(SQL.set_duration, encode_id)
    await connection.execute(SQL.publish, encode_id)


async def set_storyboard(connection: Connection, encode_id: int) -> None:
    await connection.execute(SQL.set_storyboard, encode_id)


async def fail(connection: Connection, encode_id: int, reason: str) -> None:
    await connection.execute(SQL.fail, encode_id, reason)


async def remove_superseded(connection: Connection, grace: timedelta) -> list[tuple[int, int]]:
    """Delete versions that were replaced longer ago than `grace`; returns the video and version of each."""
    return [tuple(row) for row in await connection.fetch(SQL.remove_superseded, grace)]


async def segments(connection: Connection, video_id: int, version: int, label: int, count: int) -> list[Segment]:
    """The first `count` segments of a rendition."""
    rows = await connection.fetch(SQL.segments, video_id, version, label, count)
    return [Segment(*row) for row in rows]
