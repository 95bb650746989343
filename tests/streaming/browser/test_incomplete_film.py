"""Plays a film in a browser with hls.js while it is being encoded."""

import asyncio
from pathlib import Path

import pytest

from tests.films import Films
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.player import Release, Viewer, Watch
from videoflix.db.pool import Database
from videoflix.queue.models import JobKind

FRAME = 1001 / 24000
SEGMENTS, SEGMENT_FRAMES = 7, 144
FRAMES = SEGMENTS * SEGMENT_FRAMES
# The number of segments that are ready, by the number of completed units.
GROWTH = {1: 1, 2: 3, 3: 4, 4: 5, 5: 6, 6: 7}


# With a key frame every two seconds the highest rendition is copied, with one at the beginning only it is encoded.
GROUPS = {"copied": ("-g", "48", "-sc_threshold", "0", "-bf", "3"), "encoded": ("-g", "10000", "-sc_threshold", "0")}


@pytest.fixture
def film(films: Films, request: pytest.FixtureRequest) -> Path:
    """Seven segments in six units, with two renditions, at a frame rate that is not an integer."""
    return films.make(
        "film.mp4",
        size="720x720",
        rate="24000/1001",
        seconds=FRAMES * FRAME,
        picture="testsrc",
        options=("-pix_fmt", "yuv420p", *GROUPS[request.param]),
    )


@pytest.mark.usefixtures("copying")
@pytest.mark.parametrize("film", ["encoded"], indirect=True)
async def test_a_film_is_played_from_start_to_end_while_it_is_encoded(
    worker: None, bring: Bring, wait: Wait, release: Release, watch: Watch, film: Path
) -> None:
    video_id = await bring(film)
    await release(JobKind.INGEST)
    await wait(video_id, lambda now: now.units_total == len(GROWTH))
    await release(JobKind.AUDIO)

    async def grow(units: int) -> None:
        await release(JobKind.UNIT, units - 1)
        await wait(video_id, lambda now: now.units_done == units)

    for units in (1, 2, 3):
        await grow(units)
    viewers = await asyncio.gather(
        watch(f"/api/video/{video_id}/master.m3u8"),
        watch(f"/api/video/{video_id}/480p/index.m3u8"),
    )
    for viewer in viewers:
        await viewer.do("video.playbackRate = 0.5")  # slower than the encoding, so that the buffers never run empty
    for units in (4, 5, 6):
        await grow(units)
        await asyncio.gather(*(viewer.wait_for_playlist(GROWTH[units]) for viewer in viewers))
    for viewer in viewers:
        await viewer.do("video.playbackRate = 1.5")
    await asyncio.gather(*(viewer.until("video.ended") for viewer in viewers))

    adaptive, lowest = viewers
    for viewer in viewers:
        await _check_growth(viewer)
        await _check_time_line(viewer)
        assert await viewer.problems() == []
    assert {one["level"] for one in await adaptive.events("buffered")} == {0, 1}
    assert (await lowest.state())["frames"] == FRAMES


async def _check_growth(viewer: Viewer) -> None:
    """Playback started at zero although more was ready, and every new segment was noticed."""
    events = await viewer.events("playlist", "timeupdate")
    times = [one["time"] for one in events if one["name"] == "timeupdate"]
    assert times[0] < 1
    assert times == sorted(times)
    playlists = [(one["segments"], one["isLive"]) for one in events if one["name"] == "playlist"]
    assert list(dict.fromkeys(playlists)) == [(4, True), (5, True), (6, True), (7, False)]


async def _check_time_line(viewer: Viewer) -> None:
    """No gap and no overlap, from the first frame to the last."""
    state = await viewer.state()
    assert state["failure"] is None
    assert state["duration"] == pytest.approx(FRAMES * FRAME, abs=FRAME)
    assert state["buffered"] == [[0, state["duration"]]]
    latest = {one["segment"]: one for one in await viewer.events("buffered")}
    assert sorted(latest) == list(range(SEGMENTS))
    for stream in ("video", "audio"):
        spans = [latest[segment][stream] for segment in range(SEGMENTS)]
        assert [end for _, end in spans[:-1]] == pytest.approx([start for start, _ in spans[1:]], abs=1e-4)
    videos = [latest[segment]["video"] for segment in range(SEGMENTS)]
    assert [end - start for start, end in videos] == pytest.approx([SEGMENT_FRAMES * FRAME] * SEGMENTS, abs=1e-3)


@pytest.mark.usefixtures("copying")
@pytest.mark.parametrize("film", ["copied"], indirect=True)
async def test_a_viewer_seeks_and_switches_renditions(
    worker: None, bring: Bring, wait: Wait, watch: Watch, film: Path, database: Database
) -> None:
    video_id = await bring(film)
    await wait(video_id)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT is_copied FROM renditions WHERE label = 720")
    viewer = await watch(f"/api/video/{video_id}/master.m3u8")
    await viewer.until("video.currentTime > 0.3")
    for position in (30, 13, 0):
        await viewer.do(f"video.currentTime = {position}")
        await viewer.until(
            f"!video.seeking && video.currentTime > {position + 0.3} && video.currentTime < {position + 5}"
        )
    for how, level, height in (("next", 0, 480), ("next", 1, 720), ("current", 0, 480), ("current", 1, 720)):
        await viewer.do(f"hls.{how}Level = {level}")
        await viewer.until(f"video.videoHeight === {height} && hls.currentLevel === {level}")
    before = (await viewer.events("timeupdate"))[-1]["time"]
    await viewer.until(f"video.currentTime > {before + 0.3}")
    assert await viewer.events("error") == []
    assert (await viewer.state())["failure"] is None
