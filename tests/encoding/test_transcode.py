"""Films of all kinds go through the real pipeline; what comes out is decoded and counted."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from tests.films import Films, expected_frames
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.media import Media
from videoflix.db.pool import Database
from videoflix.encoding import queries as encoding_queries
from videoflix.encoding.geometry import CURRENT
from videoflix.library.models import EncodeState
from videoflix.streaming import queries as streaming_queries

SECONDS = 4

FILMS = [
    ("film.mp4", "320x180", "25", True),
    ("film.mp4", "640x360", "30000/1001", True),
    ("film.mp4", "180x320", "60", False),
    ("film.mkv", "322x242", "30000/1001", True),
    ("film.mkv", "640x480", "25", False),
    ("film.mkv", "270x480", "60", True),
    ("film.webm", "320x180", "25", True),
    ("film.webm", "180x322", "30000/1001", False),
    ("film.webm", "322x182", "60", True),
    ("film.mov", "320x240", "30000/1001", True),
    ("film.mov", "182x320", "25", False),
    ("film.mov", "240x320", "60", True),
    ("film.avi", "320x180", "25", True),
    ("film.avi", "180x320", "30000/1001", False),
    ("film.avi", "322x182", "60", True),
]


@pytest.mark.parametrize(("name", "size", "rate", "audio"), FILMS, ids=lambda value: str(value).replace("/", ":"))
async def test_a_film_comes_out_with_the_frames_and_the_length_of_its_source(
    films: Films,
    storage: Media,
    worker: None,
    bring: Bring,
    wait: Wait,
    name: str,
    size: str,
    rate: str,
    audio: bool,
) -> None:
    source = films.make(name, size=size, rate=rate, seconds=SECONDS, audio=audio)
    video_id = await bring(source)
    progress = await wait(video_id)
    assert progress.state is EncodeState.READY
    published = films.playlist(storage.rendition(video_id, 1, 480))
    times = films.times(published)
    assert abs(len(times) - expected_frames(rate, SECONDS)) <= 1
    assert abs(len(times) - films.frames(source)) <= 1
    assert films.frames(published) == len(times)
    frame = 1 / float(Fraction(rate))
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) == pytest.approx(frame, abs=1e-3)
    assert min(gaps) == pytest.approx(frame, abs=1e-3)
    assert progress.duration == pytest.approx(SECONDS, abs=1.5 * frame)
    streams = films.probe(str(published), "-show_streams")["streams"]
    assert [stream["codec_name"] for stream in streams] == (["h264", "aac"] if audio else ["h264"])
    assert [streams[0]["width"], streams[0]["height"]] == [int(side) // 2 * 2 for side in size.split("x")]


@pytest.mark.parametrize("name", ["film.mkv", "film.avi"])
async def test_nothing_is_decoded_before_it_is_shown_or_heard_before_the_film_begins(
    films: Films, storage: Media, worker: None, bring: Bring, wait: Wait, name: str
) -> None:
    video_id = await bring(films.make(name))
    await wait(video_id)
    segment = str(storage.rendition(video_id, 1, 480) / "000.ts")
    picture = films.probe(segment, "-select_streams", "v:0", "-show_packets")["packets"]
    assert any(packet["dts"] < packet["pts"] for packet in picture)  # B-frames there are
    decoded = [packet["dts"] for packet in picture]
    assert decoded == sorted(set(decoded))
    assert all(packet["dts"] <= packet["pts"] for packet in picture)
    assert picture[0]["dts"] == picture[0]["pts"]
    assert min(films.times(Path(segment), "a:0")) == CURRENT.time_offset


async def test_the_whole_ladder_has_its_key_frames_at_the_same_instants(
    films: Films, storage: Media, database: Database, worker: None, bring: Bring, wait: Wait
) -> None:
    source = films.make("full.mp4", size="1920x1080", rate="15000/1001", seconds=7)
    video_id = await bring(source)
    await wait(video_id)
    keys = [
        films.times(films.playlist(storage.rendition(video_id, 1, label), seconds=6.006), key=True)
        for label in (480, 720, 1080)
    ]
    assert keys[0] == keys[1] == keys[2]
    assert [later - earlier for earlier, later in pairwise(keys[0])] == pytest.approx([2.002] * 3, abs=1e-3)
    async with database.connection() as connection:
        film = await streaming_queries.film(connection, video_id)
        assert film
        assert [(one.label, one.width, one.height) for one in film.variants] == [
            (480, 854, 480),
            (720, 1280, 720),
            (1080, 1920, 1080),
        ]
        for one in film.variants:
            assert one.codecs.startswith("avc1.64")
            assert one.codecs.endswith(",mp4a.40.2")
            assert one.bandwidth >= one.average_bandwidth > 0
            segments = await encoding_queries.segments(connection, video_id, 1, one.label, 99)
            assert [segment.number for segment in segments] == [0, 1]
            assert segments[0].duration == pytest.approx(6.006, abs=1e-3)
            for segment in segments:
                file = storage.rendition(video_id, 1, one.label) / f"{segment.number:03d}.ts"
                assert file.stat().st_size == segment.bytes


async def test_sound_and_picture_stay_together(
    films: Films, storage: Media, worker: None, bring: Bring, wait: Wait, tmp_path: Path
) -> None:
    late = tmp_path / "late.mkv"
    films.run(
        *("-i", str(films.make(seconds=4, audio=False))),
        *("-itsoffset", "1.5", "-f", "lavfi", "-i", "sine=frequency=440:duration=2"),
        *("-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", str(late)),
    )
    video_id = await bring(late)
    await wait(video_id)
    published = str(films.playlist(storage.rendition(video_id, 1, 480)))
    loudness = films.run("-i", published, "-map", "0:a", "-ac", "1", "-ar", "1000", "-f", "s16le", "pipe:1")
    samples = [abs(int.from_bytes(loudness[i : i + 2], "little", signed=True)) for i in range(0, len(loudness), 2)]
    begin = next(number for number, sample in enumerate(samples) if sample > 1000)
    assert begin / 1000 == pytest.approx(1.5, abs=0.06)


async def test_a_film_whose_container_does_not_tell_its_length(
    films: Films, storage: Media, worker: None, bring: Bring, wait: Wait, tmp_path: Path
) -> None:
    stream = tmp_path / "live.mkv"
    content = films.run("-i", str(films.make(seconds=4)), "-c", "copy", "-f", "matroska", "-live", "1", "pipe:1")
    stream.write_bytes(content)
    video_id = await bring(stream)
    assert (await wait(video_id)).duration == pytest.approx(4, abs=0.1)


async def test_what_is_no_film_fails_at_once_with_its_reason(
    storage: Media, worker: None, bring: Bring, wait: Wait, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.mp4"
    letter.write_text("Dear editor, this is no film.")
    video_id = await bring(letter)
    progress = await wait(video_id)
    assert progress.state is EncodeState.FAILED
    assert progress.error == "This is text, not a film."
    assert storage.labels(video_id, 1) == ()


@pytest.mark.parametrize(("picture", "sound"), [(3, 9), (9, 3)])
async def test_a_film_lasts_until_both_picture_and_sound_have_ended(
    films: Films,
    storage: Media,
    worker: None,
    bring: Bring,
    wait: Wait,
    tmp_path: Path,
    picture: int,
    sound: int,
) -> None:
    uneven = tmp_path / "uneven.mkv"
    films.run(
        *("-i", str(films.make(seconds=picture, audio=False))),
        *("-f", "lavfi", "-i", f"sine=frequency=440:duration={sound}", "-c:v", "copy", "-c:a", "aac", str(uneven)),
    )
    video_id = await bring(uneven)
    seconds = max(picture, sound)
    assert (await wait(video_id)).duration == pytest.approx(seconds, abs=0.05)
    published = films.playlist(storage.rendition(video_id, 1, 480))
    assert len(films.times(published)) == pytest.approx(seconds * 25, abs=1)
    heard = films.times(published, "a:0")
    assert heard[-1] - heard[0] == pytest.approx(seconds, abs=0.1)
