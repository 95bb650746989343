"""Units are encoded apart; what is published is one run: every picture, every packet of sound, at its time."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from tests.films import Films
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.media import Media
from tests.numbered_films import BEGIN, CLOCK, H264, make, read, steps
from tests.programs import SYSTEM
from videoflix.db.pool import Database
from videoflix.encoding import audio_encode
from videoflix.encoding import queries as encoding_queries
from videoflix.encoding.capabilities import capabilities_of
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.probe import probe
from videoflix.encoding.process import capture
from videoflix.library.models import EncodeState
from videoflix.settings import Settings

SECONDS = 31
PACKET = 1920
# In samples: an ffmpeg that cannot decode its own audio (before 7) takes the times of audio from Matroska, which
# counts in milliseconds, and does not reckon with the lead-in of Opus (RFC 7845, 4.2).
MILLISECOND, OPUS_LEAD_IN = 24, 312
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
VP8 = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M")
LONG = ("-g", "500", "-keyint_min", "500", "-sc_threshold", "0")
OPEN = ("-g", "70", "-x264-params", "open-gop=1")
OPEN_HEVC = ("-x265-params", "log-level=none:open-gop=1:keyint=70", "-tag:v", "hvc1")
FRAGMENTS = ("-movflags", "frag_keyframe+empty_moov")


class Case(Struct, frozen=True):
    suffix: str
    rate: str
    samples: int
    video: tuple[str, ...] = H264
    audio: tuple[str, ...] = ("-c:a", "aac")


CASES = {
    "25 fps, mov with an edit list": Case("mov", "25", 44_100),
    "NTSC, mkv": Case("mkv", "30000/1001", 48_000),
    "cinema, fragments with open groups": Case("mp4", "24000/1001", 22_050, (*H264, *OPEN, *FRAGMENTS)),
    "60 fps, mkv with open groups": Case("mkv", "60", 48_000, (*H264, *OPEN)),
    "one key frame in 20 s, mkv": Case("mkv", "25", 48_000, (*H264, *LONG), ("-c:a", "libopus")),
    "open groups, mp4": Case("mp4", "25", 48_000, (*H264, *OPEN)),
    "HEVC with open groups, mkv": Case("mkv", "30000/1001", 44_100, (*HEVC, *OPEN_HEVC)),
    "webm": Case("webm", "30", 48_000, VP8, ("-c:a", "libopus")),
}


@pytest.mark.parametrize(
    ("ffmpeg", "case"),
    [
        *(pytest.param(None, case, id=name) for name, case in CASES.items()),
        pytest.param(SYSTEM, CASES["NTSC, mkv"], id=f"NTSC, mkv, {SYSTEM}"),
    ],
    indirect=["ffmpeg"],
)
async def test_a_film_in_units_is_the_same_as_in_one_run(
    films: Films,
    storage: Media,
    database: Database,
    worker: None,
    bring: Bring,
    wait: Wait,
    settings: Settings,
    tmp_path: Path,
    case: Case,
) -> None:
    rate, source = Fraction(case.rate), tmp_path / f"film.{case.suffix}"
    frames = round(SECONDS * rate)
    codecs: dict[str, Any] = {"video": case.video, "audio": case.audio}
    make(films, source, rate=case.rate, frames=frames, samples=case.samples, seconds=SECONDS, **codecs)
    video_id = await bring(source)
    progress = await wait(video_id)
    assert progress.state is EncodeState.READY
    assert progress.units_total >= 4

    film = read(films, storage.rendition(video_id, 1, 480), tmp_path)
    assert film.decoder_errors == ""
    assert film.numbers == list(range(frames))
    assert film.video_times[0] == BEGIN
    assert max(abs(time - BEGIN - number * CLOCK / rate) for number, time in enumerate(film.video_times)) <= 1

    found, able = await probe(settings.ffmpeg, settings.ffprobe, source), await capabilities_of(settings.ffmpeg)
    in_one_run = await capture(
        audio_encode.audio_track(settings.ffmpeg, source, found, found.audio_tracks[0], CURRENT, able), seconds=60
    )
    published = films.run("-i", str(tmp_path / "whole.ts"), "-map", "0:a", "-c", "copy", "-f", "adts", "pipe:1")
    lead_in = in_one_run.index(in_one_run[:2], 7)  # before the first picture, where a player would see a hole
    assert published == in_one_run[lead_in:]
    assert film.audio_times[0] == BEGIN
    assert steps(film.audio_times) == (PACKET, PACKET)
    assert len(film.pulses) == SECONDS - 1
    reader = await capabilities_of(films.ffmpeg)
    most = 4 if able.loopback and reader.loopback else MILLISECOND + OPUS_LEAD_IN * ("libopus" in case.audio)
    assert max(abs(pulse - 48_000 * second) for second, pulse in enumerate(film.pulses, 1)) <= most

    async with database.connection() as connection:
        segments = await encoding_queries.segments(connection, video_id, 1, 480, 99)
    per_segment = CURRENT.segment_frames(rate)
    assert [segment.number for segment in segments] == list(range(-(-frames // per_segment)))
    lengths = [float(per_segment / rate)] * (len(segments) - 1)
    lengths.append(float(frames / rate) - sum(lengths))
    assert [segment.duration for segment in segments] == pytest.approx(lengths, abs=1e-4)


async def test_all_renditions_show_the_same_at_the_same_instants(
    films: Films, storage: Media, worker: None, bring: Bring, wait: Wait, tmp_path: Path
) -> None:
    source = make(films, tmp_path / "film.mp4", rate="10", frames=205, size="720x720", seconds=20.5)
    video_id = await bring(source)
    assert (await wait(video_id)).units_total >= 3
    low, high = (read(films, storage.rendition(video_id, 1, label), tmp_path) for label in (480, 720))
    assert low.decoder_errors + high.decoder_errors == ""
    assert low.numbers == high.numbers == list(range(205))
    assert low.video_times == high.video_times
    assert low.keys == high.keys == list(range(BEGIN, BEGIN + 21 * CLOCK, 2 * CLOCK))
    assert low.audio_times == high.audio_times


async def test_the_sound_of_a_segment_reaches_as_far_as_its_picture(
    films: Films, storage: Media, worker: None, bring: Bring, wait: Wait, tmp_path: Path
) -> None:
    """hls.js would load a segment anew, on another rendition, for the part of a second that is missing."""
    source = make(films, tmp_path / "film.mp4", rate="24000/1001", frames=1008, seconds=42.05)
    video_id = await bring(source)
    assert (await wait(video_id)).units_total == 6  # and there are seven segments: one ends within a unit
    *segments, _ = sorted(storage.rendition(video_id, 1, 480).glob("*.ts"))
    for segment in segments:
        end = films.times(segment)[-1] + 1001 / 24000
        assert end < films.times(segment, "a:0")[-1] + PACKET / CLOCK < end + 0.03, segment.name


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
async def test_a_picture_that_stands_for_long_stands_across_units_too(
    films: Films, storage: Media, worker: None, bring: Bring, wait: Wait, tmp_path: Path, suffix: str
) -> None:
    """From before the second unit into the third, and once more from the end of a unit to the film's last frame."""
    shown = "not(between(n\\,100\\,540))*not(between(n\\,890\\,909))"
    options = ("-vf", f"select={shown}", "-fps_mode", "passthrough")
    source = make(films, tmp_path / f"film.{suffix}", *options, rate="25", frames=911, seconds=37)
    video_id = await bring(source)
    assert (await wait(video_id)).units_total >= 4
    film = read(films, storage.rendition(video_id, 1, 480), tmp_path)
    stands = [*range(100), *[99] * 441, *range(541, 890), *[889] * 20, *[910] * 15]  # until the sound is over
    assert film.numbers == stands
    assert film.decoder_errors == ""
    assert steps(film.video_times) == (3600, 3600)


async def test_a_film_that_was_cut_without_being_encoded_anew(
    films: Films, storage: Media, worker: None, bring: Bring, wait: Wait, tmp_path: Path
) -> None:
    """As phones do: the key frame before the cut is there still, and an edit list hides what precedes the cut."""
    whole, cut = make(films, tmp_path / "whole.mp4", frames=775, seconds=31), tmp_path / "cut.mp4"
    films.run("-ss", "1.32", "-i", str(whole), "-c", "copy", str(cut))
    video_id = await bring(cut)
    assert (await wait(video_id)).units_total >= 4
    film = read(films, storage.rendition(video_id, 1, 480), tmp_path)
    assert film.numbers == list(range(33, 775))
    assert film.video_times[0] == BEGIN
    late = [abs(pulse - 48_000 * (number + 2 - 1.32)) for number, pulse in enumerate(film.pulses)]
    assert max(late) < 2000  # a picture's length


@pytest.mark.parametrize("suffix", ["ts", "mkv"])
async def test_a_picture_that_changes_its_size_and_sound_that_changes_its_channels(
    films: Films, storage: Media, worker: None, bring: Bring, wait: Wait, tmp_path: Path, suffix: str
) -> None:
    """As broadcasts do. Both go on where they were, the sound if ffmpeg can decode its own audio."""
    for part, (size, channels) in enumerate((("160x90", "2"), ("320x180", "6"), ("160x90", "2"))):
        audio = ("-c:a", "ac3", "-ac", channels)
        make(films, tmp_path / f"{part}.ts", "-bf", "0", "-g", "50", size=size, audio=audio)
    (tmp_path / "parts").write_text("".join(f"file {tmp_path}/{part}.ts\n" for part in range(3)))
    source = tmp_path / f"film.{suffix}"
    films.run("-f", "concat", "-safe", "0", "-i", str(tmp_path / "parts"), "-c", "copy", str(source))
    video_id = await bring(source)
    assert (await wait(video_id)).state is EncodeState.READY
    film = read(films, storage.rendition(video_id, 1, 480), tmp_path)
    assert film.numbers == [*range(200)] * 3
    assert film.video_times[0] == BEGIN
    assert steps(film.video_times) == (3600, 3600)
    if (await capabilities_of(films.ffmpeg)).loopback:
        assert steps(film.audio_times) == (PACKET, PACKET)
        assert [round(pulse / 48_000) for pulse in film.pulses] == list(range(1, 24))
    else:  # as bin/doctor says (see shortcomings)
        assert film.audio_times
