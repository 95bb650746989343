"""Playing a film while it is being encoded: segments are served once they are ready, and requested ones come next."""

import asyncio
from collections.abc import Awaitable, Callable
from fractions import Fraction
from uuid import uuid4

import pytest
from msgspec import structs

from tests.fixtures.app import Client
from tests.fixtures.media import Media
from tests.fixtures.published import content_of
from videoflix.db.pool import Database
from videoflix.encoding import queries as encoding_queries
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.models import EncodePlan, Probe, Rendition, Segment
from videoflix.encoding.units import plan_units
from videoflix.library.queries import encodes, videos
from videoflix.queue import queries as jobs
from videoflix.queue.models import JobKind

RENDITION = Rendition(480, 854, 480)
FRAMES = 10 * 150
Grow = Callable[[int], Awaitable[None]]


@pytest.fixture
async def video_id(database: Database) -> int:
    """A video of ten segments of six seconds, none of them encoded."""
    probe = Probe(video=0, width=854, height=480, frame_rate=Fraction(25), duration=60.0, frames=FRAMES)
    async with database.transaction() as connection:
        number = await videos.insert(connection, "Film", "", "")
        encode_id = await encodes.insert(connection, number)
        assert encode_id
        assert await encoding_queries.begin(connection, encode_id, EncodePlan(probe, (RENDITION,), CURRENT))
        await jobs.insert_units(
            connection, encode_id, map(structs.astuple, plan_units(FRAMES, probe.frame_rate, CURRENT))
        )
    return number


@pytest.fixture
def grow(database: Database, storage: Media, video_id: int) -> Grow:
    """Completes the unit with that number, as a worker does."""

    async def grow(unit: int) -> None:
        async with database.connection() as connection:
            await connection.execute("UPDATE jobs SET wanted_at = now() WHERE number = $1", unit)
            job = await jobs.claim(connection, JobKind.UNIT, uuid4())
        assert job
        assert job.number == unit
        assert job.first_segment is not None
        assert job.segments is not None
        folder = storage.rendition(video_id, 1, RENDITION.label)
        folder.mkdir(parents=True, exist_ok=True)
        segments = []
        for number in range(job.first_segment, job.first_segment + job.segments):
            content = content_of(1, RENDITION.label, number)
            (folder / f"{number:03d}.ts").write_bytes(content)
            segments.append(Segment(number, 6.0, len(content)))
        async with database.transaction() as connection:
            last = await jobs.complete_unit(connection, job)
            await encoding_queries.replace_segments(connection, job, {RENDITION.label: segments})
            await encoding_queries.set_codecs(connection, job.encode_id, {RENDITION.label: "avc1.64001f"})
            await encoding_queries.grow(connection, job.encode_id)
            if last:
                await encoding_queries.publish(connection, job.encode_id)

    return grow


async def _segments(client: Client, video_id: int) -> list[str]:
    text = await (await client.get(f"/api/video/{video_id}/480p/index.m3u8")).text()
    return [line for line in text.splitlines() if not line.startswith("#")]


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for the notification of a change to arrive."""
    async with asyncio.timeout(3):
        while not await condition():
            await asyncio.sleep(0.01)


async def test_a_film_is_listed_after_its_first_unit_and_its_playlist_has_no_gap(
    logged_in: Client, video_id: int, grow: Grow
) -> None:
    playlist = f"/api/video/{video_id}/480p/index.m3u8"

    async def listed(client: Client = logged_in) -> bool:
        return [film["id"] for film in await (await client.get("/api/video/")).json()] == [video_id]

    assert not await listed()
    assert (await logged_in.get(playlist)).status == 404
    await grow(0)
    await _until(listed)

    async def is_playable() -> bool:
        return (await logged_in.get(playlist)).status == 200

    await _until(is_playable)
    first = await logged_in.get(playlist)
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in await first.text()
    assert await _segments(logged_in, video_id) == ["000.ts?v=1"]
    await grow(2)  # not listed yet, because unit 1 is missing
    assert await _segments(logged_in, video_id) == ["000.ts?v=1"]
    assert (await logged_in.get(f"/api/video/{video_id}/480p/003.ts?v=1")).status == 404
    await grow(1)

    async def has_grown() -> bool:
        return len(await _segments(logged_in, video_id)) == 5

    await _until(has_grown)
    second = await logged_in.get(playlist, headers={"If-None-Match": first.headers["ETag"]})
    assert second.status == 200
    segment = await logged_in.get(f"/api/video/{video_id}/480p/003.ts?v=1")
    assert await segment.read() == content_of(1, 480, 3)


async def test_a_segment_that_is_not_encoded_yet_is_not_found_and_is_encoded_next(
    logged_in: Client, video_id: int, grow: Grow, database: Database
) -> None:
    await grow(0)
    assert (await logged_in.get(f"/api/video/{video_id}/480p/008.ts?v=1")).status == 404
    async with database.connection() as connection:
        job = await jobs.claim(connection, JobKind.UNIT, uuid4())
    assert job
    assert job.first_segment is not None
    assert job.segments is not None
    assert job.first_segment <= 8 < job.first_segment + job.segments


async def test_the_playlist_is_complete_after_the_last_unit(logged_in: Client, video_id: int, grow: Grow) -> None:
    for unit in plan_units(FRAMES, Fraction(25), CURRENT):
        await grow(unit.number)

    async def has_ended() -> bool:
        text = await (await logged_in.get(f"/api/video/{video_id}/480p/index.m3u8")).text()
        return "#EXT-X-PLAYLIST-TYPE:VOD" in text and text.endswith("009.ts?v=1\n#EXT-X-ENDLIST\n")

    await _until(has_ended)
    detail = await (await logged_in.get(f"/api/video/{video_id}/")).json()
    assert (detail["status"], detail["progress"], detail["duration"]) == ("ready", 1, 60)
