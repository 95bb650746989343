"""The highest rendition may be a copy: it has every frame of the original once, and fits to the other renditions."""

from fractions import Fraction
from pathlib import Path

import pytest
from msgspec import Struct

from tests.films import Films
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.media import Media
from tests.numbered_films import BEGIN, CLOCK, make, read, steps
from videoflix.db.pool import Database
from videoflix.encoding import queries
from videoflix.library.models import EncodeState

pytestmark = pytest.mark.usefixtures("copying", "small")

SECONDS = 31
HD = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
H264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-profile:v", "high", *HD, "-vf", "setsar=1")
PYRAMID = ("-x264-params", "b-pyramid=normal:ref=5")
TIMES = "0,1.2,5,6.4,13,14.1,15.2,16.3,23.9,30.4"


@pytest.fixture
def small(environ: dict[str, str]) -> None:
    """Two renditions of a film that is encoded quickly."""
    environ["LADDER"] = "240,480"


def groups(seconds: int, rate: Fraction) -> tuple[str, ...]:
    frames = str(round(seconds * rate))
    return ("-g", frames, "-keyint_min", frames, "-sc_threshold", "0")


class Case(Struct, frozen=True):
    suffix: str
    rate: str
    seconds: int = 2
    video: tuple[str, ...] = ("-bf", "3")
    audio: tuple[str, ...] = ("-c:a", "aac")
    units: int = 4


CASES = {
    "mp4 with an edit list, groups of 1 s": Case("mp4", "25", 1, units=5),
    "mkv, NTSC, groups of 10 s": Case("mkv", "30000/1001", 10, units=3),
    "mp4, irregular groups": Case("mp4", "24", 30, ("-bf", "2", "-force_key_frames", TIMES)),
    "mov, a pyramid of B-frames, 60 fps": Case("mov", "60", 2, ("-bf", "5", *PYRAMID)),
    "transport stream": Case("ts", "25", units=1),
    "fragments, audio that is encoded": Case("mp4", "25", 3, ("-movflags", "+frag_keyframe"), ("-c:a", "ac3")),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_a_copied_rendition_has_every_frame_of_the_original_once(
    films: Films,
    storage: Media,
    database: Database,
    worker: None,
    bring: Bring,
    wait: Wait,
    tmp_path: Path,
    case: Case,
) -> None:
    rate, source = Fraction(case.rate), tmp_path / f"film.{case.suffix}"
    frames, video = round(SECONDS * rate), (*H264, *groups(case.seconds, rate), *case.video)
    make(films, source, rate=case.rate, frames=frames, size="480x480", seconds=SECONDS, video=video, audio=case.audio)
    video_id = await bring(source)
    progress = await wait(video_id)
    assert (progress.state, progress.notes, progress.renditions) == (EncodeState.READY, (), (240, 480))
    assert progress.units_total >= case.units
    low, high = (read(films, storage.rendition(video_id, 1, label), tmp_path) for label in (240, 480))
    assert low.decoder_errors + high.decoder_errors == ""
    assert low.numbers == high.numbers == list(range(frames))
    assert low.video_times[0] == high.video_times[0] == BEGIN
    for times in (low.video_times, high.video_times):
        assert max(abs(at - BEGIN - number * CLOCK / rate) for number, at in enumerate(times)) < CLOCK / rate / 2
    assert near(low.keys, high.keys, CLOCK / rate / 2)
    assert low.audio_times == high.audio_times
    assert steps(high.audio_times)[1] <= 1920 + 90  # Matroska counts in milliseconds
    assert 0 <= high.audio_times[0] - BEGIN < 1920
    assert len(high.pulses) == SECONDS - 1
    assert max(abs(pulse - 48_000 * second) for second, pulse in enumerate(high.pulses, 1)) <= 60
    assert digests(films, tmp_path / "whole.ts") == digests(films, source)

    async with database.connection() as connection:
        lists = [await queries.segments(connection, video_id, 1, label, 99) for label in (240, 480)]
    assert [one.duration for one in lists[0]] == [one.duration for one in lists[1]]
    assert sum(one.duration for one in lists[0]) == pytest.approx(frames / rate)


def near(some: list[int], others: list[int], most: Fraction) -> bool:
    return len(some) == len(others) and all(abs(a - b) < most for a, b in zip(some, others, strict=True))


def digests(films: Films, film: Path) -> list[str]:
    """The MD5 of each decoded frame of a film's video."""
    lines = films.run("-i", str(film), "-map", "0:v:0", "-f", "framemd5", "-").decode().splitlines()
    return [line.rpartition(",")[2].strip() for line in lines if not line.startswith("#")]


async def test_a_film_with_damaged_pictures_is_encoded_in_its_next_version(
    films: Films,
    storage: Media,
    database: Database,
    worker: None,
    bring: Bring,
    wait: Wait,
    tmp_path: Path,
) -> None:
    """A browser gives up where a decoder reports errors; what is encoded is only ugly there."""
    video = (*H264, *groups(2, Fraction(10)))
    source = make(films, tmp_path / "film.mp4", rate="10", frames=300, size="480x480", seconds=30, video=video)
    content = bytearray(source.read_bytes())
    begin = content.index(b"mdat")
    middle = begin + (content.index(b"moov") - begin) // 2
    content[middle : middle + 3000] = bytes(3000)
    source.write_bytes(content)
    video_id = await bring(source)
    progress = await wait(video_id, lambda now: now.state is EncodeState.READY)
    async with database.connection() as connection:
        made = await connection.fetch(
            "SELECT e.version, e.state, r.is_copied FROM encodes e JOIN renditions r ON r.encode_id = e.id"
            " WHERE e.video_id = $1 AND r.label = 480 ORDER BY e.version",
            video_id,
        )
    assert [tuple(row) for row in made] == [(1, "failed", True), (2, "ready", False)]
    assert any("decoder reported errors" in note for note in progress.notes)
    assert len(read(films, storage.rendition(video_id, 2, 480), tmp_path).numbers) == 300
