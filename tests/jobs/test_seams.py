"""Units are encoded apart; what is published is one run: every picture, every packet of sound, at its time."""

from fractions import Fraction
from pathlib import Path

import pytest
from msgspec import Struct

from tests.coded import bars, numbers, pulses, read, steps
from tests.conftest import Bring, Wait
from tests.films import Films
from videoflix.db import encodes, videos
from videoflix.db.pool import Database
from videoflix.ffmpeg import command
from videoflix.ffmpeg.probe import probe
from videoflix.models import EncodeState
from videoflix.storage import Storage

SECONDS = 31
BEGIN = 10 * 90_000
PACKET = 1920
H264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p")
HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
VP8 = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M")
LONG = ("-g", "500", "-keyint_min", "500", "-sc_threshold", "0")


class Case(Struct, frozen=True):
    name: str
    rate: str
    samples: int
    video: tuple[str, ...]
    audio: tuple[str, ...] = ("-c:a", "aac")


CASES = {
    "25 fps in mp4 with an edit list": Case("film.mp4", "25", 44_100, (*H264, "-bf", "3")),
    "NTSC in mkv": Case("film.mkv", "30000/1001", 48_000, H264),
    "cinema in fragments": Case(
        "film.mp4", "24000/1001", 22_050, (*H264, "-movflags", "frag_keyframe+empty_moov")
    ),
    "50 fps in mov": Case("film.mov", "50", 44_100, H264),
    "60 fps in mkv, open groups": Case(
        "film.mkv", "60", 48_000, (*H264, "-g", "100", "-bf", "3", "-x264-params", "open-gop=1")
    ),
    "one key frame in 20 s, mp4": Case("film.mp4", "30000/1001", 44_100, (*H264, *LONG, "-bf", "3")),
    "one key frame in 20 s, mkv": Case("film.mkv", "25", 22_050, (*H264, *LONG, "-bf", "3"), ("-c:a", "libopus")),
    "open groups in mp4": Case(
        "film.mp4", "25", 48_000, (*H264, "-g", "70", "-bf", "3", "-x264-params", "open-gop=1:b-pyramid=normal")
    ),
    "HEVC with open groups in mp4": Case(
        "film.mp4", "25", 44_100, (*HEVC, "-tag:v", "hvc1", "-x265-params", "log-level=none:open-gop=1:keyint=70")
    ),
    "HEVC with open groups in mkv": Case(
        "film.mkv", "30000/1001", 44_100, (*HEVC, "-x265-params", "log-level=none:open-gop=1:keyint=70")
    ),
    "webm": Case("film.webm", "30", 48_000, VP8, ("-c:a", "libopus")),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_a_film_in_units_is_the_same_as_in_one_run(
    films: Films, storage: Storage, database: Database, worker: None, bring: Bring, wait: Wait, tmp_path: Path, case: Case
) -> None:
    rate, source = Fraction(case.rate), tmp_path / case.name
    frames = round(SECONDS * rate)
    films.run(
        *("-f", "lavfi", "-i", bars(case.rate, frames), "-f", "lavfi", "-i", pulses(case.samples, SECONDS)),
        *(*case.video, *case.audio, str(source)),
    )
    video_id = await bring(source)
    assert (await wait(video_id)).state is EncodeState.READY
    film = read(films, storage.rung(video_id, 1, 480), tmp_path)

    assert film.complaints == ""
    assert film.numbers == list(range(frames))
    assert film.pictures[0] == BEGIN
    assert [abs(time - BEGIN - number * 90_000 / rate) <= 1 for number, time in enumerate(film.pictures)] == [
        True
    ] * frames

    found = await probe(films.ffmpeg, films.ffprobe, source)
    whole = films.run(*command.sound(films.ffmpeg, source, found, found.sounds[0])[1:])
    assert steps(film.sounds) == (PACKET, PACKET)
    assert film.sounds[0] == BEGIN - PACKET
    assert (tmp_path / "whole.ts").exists()
    published = films.run("-i", str(tmp_path / "whole.ts"), "-map", "0:a", "-c", "copy", "-f", "adts", "pipe:1")
    assert published == whole

    assert [round(pulse / 48_000) for pulse in film.pulses] == list(range(SECONDS))
    assert max(abs(pulse - 48_000 * second) for second, pulse in enumerate(film.pulses)) <= 4

    async with database.connection() as connection:
        segments = await videos.segments(connection, video_id, 1, 480, 99)
        progress = await encodes.progress(connection, video_id)
        units = [tuple(row) for row in await connection.fetch("SELECT frames FROM jobs WHERE kind = 'unit' ORDER BY id")]
    assert progress
    assert len(units) >= 4
    assert [segment.number for segment in segments] == list(range(6))
