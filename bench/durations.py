"""Measures the duration of a film by decoding all of it, independently of the probe of the pipeline."""

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

from bench.result import NotMeasured

DECODE_SECONDS = 180.0
# Amplitude, as a part of full scale, up to which the output of decoders counts as silence.
SILENCE = 1 / 4096
FULL_SCALE = 32768
# ffprobe recognises a transport stream by its number of packets, which three frames of 2×2 do not reach.
NULL_PACKET = b"\x47\x1f\xff\x10" + b"\xff" * 184


class Duration(Struct, frozen=True):
    """Seconds from the start of the first video frame to the end of the video and to the end of the audio, and the
    number of video frames. `audio` is None if no audio track can be decoded."""

    video: float
    audio: float | None
    frames: int

    @property
    def whole(self) -> float:
        return max(self.video, self.audio or 0.0)


class _Span(Struct, frozen=True):
    """The time range of the decoded frames of a stream, in seconds."""

    begin: float
    end: float
    frames: int


async def measure(ffprobe: str, film: Path, video_stream: int, audio_streams: tuple[int, ...]) -> Duration | None:
    """Decode a video stream and the first of the audio streams that can be decoded. None without a video frame.

    Raises NotMeasured if decoding takes too long.
    """
    video = await _span(ffprobe, film, video_stream)
    if video is None:
        return None
    for stream in audio_streams:
        if audio := await _span(ffprobe, film, stream):
            return Duration(video.end - video.begin, audio.end - video.begin, video.frames)
    return Duration(video.end - video.begin, None, video.frames)


async def streams(ffprobe: str, film: Path, kind: str) -> tuple[int, ...]:
    """The indices of the streams of a kind, `v` or `a`."""
    output = await _output(
        *(ffprobe, "-v", "quiet", "-select_streams", kind, "-show_entries", "stream=index", "-of", "csv=p=0"),
        f"file:{film}",
    )
    return tuple(dict.fromkeys(int(word) for line in output.split() if (word := line.strip(b",")).isdigit()))


async def is_audible(ffmpeg: str, film: Path, audio_streams: tuple[int, ...]) -> bool:
    """Whether one of these audio streams is not silent."""
    for stream in audio_streams:
        decoded = await _output(
            *(ffmpeg, "-nostdin", "-v", "quiet", "-i", f"file:{film}", "-map", f"0:{stream}"),
            *("-ac", "1", "-ar", "8000", "-f", "s16le", "-"),
        )
        samples = array("h", decoded[: len(decoded) // 2 * 2])
        if samples and max(max(samples), -min(samples)) > SILENCE * FULL_SCALE:
            return True
    return False


@contextmanager
def joined(segments: list[Path]) -> Iterator[Path]:
    """The segments of a rendition as one MPEG transport stream file."""
    with TemporaryDirectory(prefix="videoflix-bench-") as folder:
        film = Path(folder, "film.ts")
        with film.open("wb") as writing:
            for segment in segments:
                writing.write(segment.read_bytes())
            writing.write(NULL_PACKET * 16)
        yield film


async def _span(ffprobe: str, film: Path, stream: int) -> _Span | None:
    output = await _output(
        *(ffprobe, "-v", "quiet", "-select_streams", str(stream), "-of", "csv=p=0"),
        *("-show_entries", "frame=best_effort_timestamp_time,duration_time", f"file:{film}"),
    )
    frames = sorted(_numbers(line) for line in output.decode("ascii", "replace").splitlines() if _numbers(line))
    if not frames:
        return None
    begins = [frame[0] for frame in frames]
    usual = median(later - one for one, later in pairwise(begins)) if len(begins) > 1 else 0.04
    last = frames[-1]
    lasts = last[1] if len(last) > 1 and last[1] > usual / 3 else usual  # some containers store one tick
    return _Span(begins[0], last[0] + lasts, len(frames))


def _numbers(line: str) -> list[float]:
    """The time and, if known, the duration of a frame. Empty for a frame without a time."""
    numbers: list[float] = []
    for word in line.split(","):
        try:
            numbers.append(float(word))
        except ValueError:
            break
    return numbers[:2]


async def _output(*arguments: str) -> bytes:
    """The output of a program, also of one that fails: a damaged film may be decoded in part.

    Raises NotMeasured after DECODE_SECONDS.
    """
    process = await asyncio.create_subprocess_exec(*arguments, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL)
    try:
        async with asyncio.timeout(DECODE_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        raise NotMeasured(f"decoding took longer than {DECODE_SECONDS:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return output
