"""The geometry of an encode, and that only new encodes use the current one."""

import ast
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.structs import replace

from tests.films import Films
from tests.fixtures.encoding import Bring
from tests.fixtures.media import Media
from tests.fixtures.published import Publish
from tests.numbered_films import BEGIN, make, read, steps
from tests.playlists import durations
from tests.test_layers import MODULES
from videoflix.db.pool import Database
from videoflix.encoding import queries as encoding_queries
from videoflix.encoding.context import JobContext
from videoflix.encoding.geometry import CURRENT, Geometry
from videoflix.encoding.jobs import run_job
from videoflix.queue import queries as jobs
from videoflix.queue.models import JobKind
from videoflix.streaming import playlist
from videoflix.streaming import queries as streaming_queries

NTSC = Fraction(30000, 1001)
SHORT = replace(CURRENT, segment_seconds=4)
# What every version before the column `geometry` encoded with.
HISTORIC = Geometry(segment_seconds=6, key_frame_seconds=2, sample_rate=48_000, packet_samples=1024, time_offset=10)
# What decides about a new encode, or encodes nothing that is kept.
READERS = {"audio_tracks", "encoder_trial", "ingest", "timeline", "trial"}


def test_key_frames_are_two_seconds_apart() -> None:
    assert CURRENT.key_frame_interval(Fraction(25)) == 50
    assert CURRENT.key_frame_interval(NTSC) == 60
    assert CURRENT.key_frame_interval(Fraction(1, 10)) == 1


def test_a_segment_is_a_whole_number_of_groups_of_pictures() -> None:
    assert CURRENT.segment_time(Fraction(25)) == pytest.approx(6, abs=1e-4)
    assert CURRENT.segment_time(NTSC) == pytest.approx(6.006, abs=1e-4)
    assert SHORT.segment_frames(NTSC) == 2 * SHORT.key_frame_interval(NTSC) == 120
    with pytest.raises(ValueError, match="whole number"):
        replace(CURRENT, segment_seconds=5)


def test_audio_packets_belong_to_the_segment_that_they_begin_in() -> None:
    for geometry in (CURRENT, SHORT):
        for rate in (Fraction(25), NTSC):
            assert geometry.first_packet(0, rate) == 1  # the encoder's lead-in is left out
            for segment in range(600):
                begin = segment * geometry.segment_frames(rate) / rate
                packet = geometry.first_packet(segment, rate)
                assert geometry.packet_seconds(packet - 1) < begin <= geometry.packet_seconds(packet)


def test_only_new_encodes_use_the_current_geometry() -> None:
    """Everything else would apply it to films that were encoded with another one."""
    readers = {
        path.stem
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and (
            (node.module == "videoflix.encoding.geometry" and "CURRENT" in {alias.name for alias in node.names})
            or "geometry" in {alias.name for alias in node.names}
        )
    }
    assert readers == READERS


async def test_encodes_of_earlier_versions_have_their_geometry(publish: Publish, database: Database) -> None:
    """`publish` writes the columns that earlier versions wrote."""
    video_id = await publish()
    async with database.connection() as connection:
        film = await streaming_queries.film(connection, video_id)
    assert film is not None
    assert film.geometry == HISTORIC


async def test_another_segment_length_changes_no_encode_that_has_begun(
    films: Films,
    storage: Media,
    database: Database,
    job_context: JobContext,
    bring: Bring,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The main audio track and the first unit are encoded before the change, everything else after it."""
    monkeypatch.setattr("videoflix.encoding.audio.MAX_LOOKS", 0)
    source = tmp_path / "film.mp4"
    make(films, source, "-map", "0:v", "-map", "1:a", "-map", "1:a", rate="30000/1001", frames=690, seconds=23)
    video_id = await bring(source)
    with monkeypatch.context() as patch:
        for reader in READERS:
            patch.setattr(f"videoflix.encoding.{reader}.CURRENT", SHORT)
        await _run(job_context, JobKind.INGEST, JobKind.AUDIO, JobKind.UNIT)
    await _run(job_context, JobKind.AUDIO, *[JobKind.UNIT] * 4, JobKind.STORYBOARD)

    film = read(films, storage.rendition(video_id, 1, 480), tmp_path)
    assert film.decoder_errors == ""
    assert film.numbers == list(range(690))
    assert film.video_times[0] == film.audio_times[0] == BEGIN
    assert steps(film.audio_times) == (1920, 1920)
    assert max(abs(pulse - 48_000 * second) for second, pulse in enumerate(film.pulses, 1)) <= 4
    async with database.connection() as connection:
        segments = await encoding_queries.segments(connection, video_id, 1, 480, 99)
        published = await streaming_queries.film(connection, video_id)
    assert [one.duration for one in segments] == pytest.approx([4.004] * 5 + [3.003], abs=1e-4)

    assert published is not None
    assert published.is_complete
    assert published.geometry == SHORT
    track = storage.audio(video_id, 1, 1)
    listed = playlist.audio(published.audio_tracks[1].segments, SHORT, NTSC, published.duration, 1)
    packets = [len(films.times(file, "a:0")) for file in sorted(track.glob("*.aac"))]
    assert len(packets) == 6
    assert durations(listed)[:5] == pytest.approx([count * 1024 / 48_000 for count in packets[:5]], abs=1e-6)


async def _run(context: JobContext, *kinds: JobKind) -> None:
    """Run a job of each kind, one after the other."""
    for kind in kinds:
        async with context.database.connection() as connection:
            job = await jobs.claim(connection, kind, uuid4())
        assert job, kind
        assert await run_job(context, job, None), kind
