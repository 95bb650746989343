"""Measures what a film really holds by decoding all of it, independently of what the pipeline finds out."""

import asyncio
from array import array
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from msgspec import Struct

from bench.result import NotMade

DECODE_SECONDS = 180.0
# Below this, in parts of full scale, is what decoders and dither leave of silence.
SILENCE = 1 / 4096
FULL_SCALE = 32768


class Length(Struct, frozen=True):
    """Seconds from the beginning of the first picture to the end of the last one, and to the end of the sound; how
    many pictures. `sound` is None without a track that can be decoded."""

    picture: float
    sound: float | None
    frames: int

    @property
    def whole(self) -> float:
        return max(self.picture, self.sound or 0.0)


class _Span(Struct, frozen=True):
    """What a stream's decoded frames cover, on the container's clock in seconds."""

    begin: float
    end: float
    frames: int


async def measure(ffprobe: str, film: Path, video: int, sounds: tuple[int, ...]) -> Length | None:
    """By a video stream and the first of these audio streams that can be decoded; None if there is no picture.

    Raises NotMade if decoding takes too long.
    """
    picture = await _span(ffprobe, film, video)
    if picture is None:
        return None
    for stream in sounds:
        if sound := await _span(ffprobe, film, stream):
            return Length(picture.end - picture.begin, sound.end - picture.begin, picture.frames)
    return Length(picture.end - picture.begin, None, picture.frames)


async def streams(ffprobe: str, film: Path, kind: str) -> tuple[int, ...]:
    """The indices of a film's streams of a kind, `v` or `a`."""
    told = await _output(
        *(ffprobe, "-v", "quiet", "-select_streams", kind, "-show_entries", "stream=index", "-of", "csv=p=0"),
        f"file:{film}",
    )
    return tuple(dict.fromkeys(int(word) for line in told.split() if (word := line.strip(b",")).isdigit()))


async def is_audible(ffmpeg: str, film: Path, sounds: tuple[int, ...]) -> bool:
    """Whether one of these audio streams holds more than silence."""
    for stream in sounds:
        heard = await _output(
            *(ffmpeg, "-nostdin", "-v", "quiet", "-i", f"file:{film}", "-map", f"0:{stream}"),
            *("-ac", "1", "-ar", "8000", "-f", "s16le", "-"),
        )
        samples = array("h", heard[: len(heard) // 2 * 2])
        if samples and max(max(samples), -min(samples)) > SILENCE * FULL_SCALE:
            return True
    return False


@contextmanager
def joined(segments: list[Path]) -> Iterator[Path]:
    """A published film in one file: the segments of a transport stream, one after the other."""
    with TemporaryDirectory(prefix="videoflix-bench-") as folder:
        film = Path(folder, "film.ts")
        with film.open("wb") as writing:
            for segment in segments:
                writing.write(segment.read_bytes())
        yield film


async def _span(ffprobe: str, film: Path, stream: int) -> _Span | None:
    told = await _output(
        *(ffprobe, "-v", "quiet", "-select_streams", str(stream), "-of", "csv=p=0"),
        *("-show_entries", "frame=best_effort_timestamp_time,duration_time", f"file:{film}"),
    )
    frames = sorted(_numbers(line) for line in told.decode("ascii", "replace").splitlines() if _numbers(line))
    if not frames:
        return None
    begins = [frame[0] for frame in frames]
    usual = median(later - one for one, later in pairwise(begins)) if len(begins) > 1 else 0.04
    last = frames[-1]
    lasts = last[1] if len(last) > 1 and last[1] > usual / 3 else usual  # some containers tell a tick of their clock
    return _Span(begins[0], last[0] + lasts, len(frames))


def _numbers(line: str) -> list[float]:
    """The time and, if it is known, the length of a frame; nothing for one without a time."""
    numbers: list[float] = []
    for word in line.split(","):
        try:
            numbers.append(float(word))
        except ValueError:
            break
    return numbers[:2]


async def _output(*arguments: str) -> bytes:
    """What a program prints, however it ends: of a damaged film the rest counts. Raises NotMade after a while."""
    process = await asyncio.create_subprocess_exec(*arguments, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL)
    try:
        async with asyncio.timeout(DECODE_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        raise NotMade(f"decoding took longer than {DECODE_SECONDS:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return output
