"""Encodes as rows: from what is to be made to what is published."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from videoflix.db.pool import Connection
from videoflix.db.queries import Queries
from videoflix.models import EncodeState, Job, JobKind, Probe, Progress, Rung, Segment, Track

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
    rate, found = probe.frame_rate, msgspec.json.encode(probe, enc_hook=str).decode()
    duration = float(probe.frames / rate) if probe.frames else probe.duration
    began = await connection.fetchval(
        SQL.begin, encode_id, duration, rate.numerator, rate.denominator, found, list(probe.notes)
    )
    if began:
        rows = [(encode_id, rung.label, rung.width, rung.height) for rung in rungs]
        await connection.executemany(SQL.insert_rendition, rows)
        tracks = [(encode_id, number, one.stream, one.language, one.name) for number, one in enumerate(probe.sounds)]
        await connection.executemany(SQL.insert_audio_track, tracks)
    return bool(began)


async def add_note(connection: Connection, encode_id: int, note: str) -> None:
    """Tell those who brought the film in what became of it."""
    await connection.execute(SQL.add_note, encode_id, note)


async def plan(connection: Connection, encode_id: int) -> tuple[Probe, tuple[Rung, ...]] | None:
    """What ingest has found out and planned, the lowest rung first; None if the encode is gone."""
    found = await connection.fetchval(SQL.plan, encode_id)
    if found is None:
        return None
    rungs = await connection.fetch(SQL.labels, encode_id)
    probe = msgspec.json.decode(found, type=Probe, dec_hook=lambda kind, text: kind(text))
    return probe, tuple(Rung(*row) for row in rungs)


async def duration(connection: Connection, encode_id: int) -> float | None:
    """In seconds; None if it is not known before the film is complete."""
    seconds: float | None = await connection.fetchval(SQL.duration, encode_id)
    return seconds


async def set_audio_segments(connection: Connection, encode_id: int, track: int, segments: int) -> None:
    await connection.execute(SQL.set_audio_segments, encode_id, track, segments)


async def complete_audio_track(connection: Connection, encode_id: int, track: int) -> None:
    await connection.execute(SQL.complete_audio_track, encode_id, track)


async def audio_tracks(connection: Connection, video_id: int, version: int) -> list[Track]:
    """The sound tracks of a version that are complete, the one that goes with the picture first."""
    return [Track(**row) for row in await connection.fetch(SQL.audio_tracks, video_id, version)]


async def replace_segments(connection: Connection, job: Job, made: dict[int, list[Segment]]) -> None:
    """The segments of a unit on each rung (by label) as they were published, in place of an earlier try's."""
    await connection.execute(SQL.remove_segments, job.encode_id, job.first_segment, job.segments)
    rows = [
        (job.encode_id, label, one.number, one.duration, one.bytes)
        for label, of_rung in made.items()
        for one in of_rung
    ]
    await connection.executemany(SQL.insert_segment, rows)


async def set_codecs(connection: Connection, encode_id: int, codecs: dict[int, str]) -> None:
    await connection.executemany(SQL.set_codecs, [(encode_id, *pair) for pair in codecs.items()])


async def grow(connection: Connection, encode_id: int) -> None:
    """A unit is done: there may be more to watch."""
    await connection.execute(SQL.grow, encode_id)


async def publish(connection: Connection, encode_id: int) -> None:
    """The last unit is done: measure the rungs and the film's true length, and call it complete."""
    await connection.execute(SQL.measure, encode_id)
    await connection.execute(SQL.set_duration, encode_id)
    await connection.execute(SQL.publish, encode_id)


async def set_storyboard(connection: Connection, encode_id: int) -> None:
    await connection.execute(SQL.set_storyboard, encode_id)


async def newest(connection: Connection, video_id: int) -> int | None:
    """The newest encode of a video, whatever became of it; None if there is no such video."""
    encode_id: int | None = await connection.fetchval(SQL.newest, video_id)
    return encode_id


async def resume(connection: Connection, encode_id: int) -> None:
    await connection.execute(SQL.resume, encode_id)


async def exists(connection: Connection, encode_id: int) -> bool:
    return bool(await connection.fetchval(SQL.exists, encode_id))


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
    speed, duration = row["speed"], row["duration"]
    done = 1.0 if row["state"] == EncodeState.READY else row["done"] or 0.0
    return Progress(
        state=EncodeState(row["state"]),
        is_playable=row["is_playable"],
        rungs=tuple(row["rungs"]),
        working=tuple(JobKind(kind) for kind in row["working"]),
        units=tuple(row["units"]),
        units_done=row["units_done"],
        units_total=row["units_total"],
        done=done,
        speed=speed,
        left=duration * (1 - done) / speed if speed and duration else None,
        duration=duration,
        error=row["error"] or row["waits_for"],
        notes=tuple(row["notes"]),
    )
