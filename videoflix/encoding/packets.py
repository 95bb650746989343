"""Reads the packets of a film whose video might be copied: their times, their sizes, and which are IDR pictures."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from fractions import Fraction
from pathlib import Path

from msgspec import Struct

from videoflix.encoding import mp4_index, probe_commands
from videoflix.encoding.models import Probe
from videoflix.encoding.process import stream
from videoflix.errors import EncodeFailed

AAC_SAMPLES = 1024
# Matroska counts in milliseconds.
AUDIO_ROUNDING = 0.0015


class Packets(Struct, frozen=True, kw_only=True):
    """The packets of a video stream in the order of decoding.

    `times` are when they are shown, and `delay` the longest time from the decoding of an IDR picture to that, in
    units of `tick` seconds; `sizes` are in bytes, `idr` the places of IDR pictures. `one_format` means that all of
    the film is decoded with the same parameter sets. `steady_audio` is the number of packets of the audio track if
    they follow each other without gaps, else 0. `hidden` means that an edit list leaves out a part of the video.
    """

    tick: Fraction
    times: Sequence[int]
    sizes: Sequence[int]
    idr: Sequence[int]
    delay: int
    one_format: bool
    steady_audio: int = 0
    hidden: bool = False


async def read(ffmpeg: str, source: Path, found: Probe) -> Packets:
    """The packets of the film's video. Raises EncodeFailed if they cannot be listed.

    The index of an MP4 has everything. Other files are read from end to end: a film of an hour takes some seconds.
    """
    assert found.h264 is not None
    audio = found.audio_tracks[0] if found.audio_tracks else None
    if found.h264.track is not None:
        rate = audio.sample_rate if audio else 0
        tracks = await asyncio.to_thread(mp4_index.read, source, found.h264.track, audio.track if audio else None)
        if tracks is not None:
            return _from_index(*tracks, rate)
    return await _from_stream(ffmpeg, source, found)


def _from_index(video: mp4_index.Track, audio: mp4_index.Track | None, rate: int) -> Packets:
    delays = [video.times[place] - video.decode_times[place] for place in video.idr]
    return Packets(
        tick=Fraction(1, video.timescale),
        times=video.times,
        sizes=video.sizes,
        idr=video.idr,
        delay=max(delays, default=0),
        one_format=video.one_format,
        steady_audio=_steady(audio, rate),
        hidden=video.hidden or not video.in_order,
    )


def _steady(audio: mp4_index.Track | None, rate: int) -> int:
    if audio is None or not audio.in_order or audio.timescale != rate:
        return 0
    return len(audio.sizes) if audio.has_steps_of(AAC_SAMPLES) else 0


async def _from_stream(ffmpeg: str, source: Path, found: Probe) -> Packets:
    """By an ffmpeg that copies the video three times: all of it, its IDR pictures, and its parameter sets."""
    reader = _Reader(found)
    async with aclosing(stream(probe_commands.copy_packets(ffmpeg, source, found))) as blocks:
        rest = b""
        async for block in blocks:
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                reader.take(line.decode("ascii", "replace"))
    return reader.packets()


class _Reader:
    """Takes the lines of ffmpeg's framecrc format: stream, decode time, time, duration, size, checksum, flags."""

    def __init__(self, found: Probe) -> None:
        self._audio_rate = found.audio_tracks[0].sample_rate if found.audio_tracks else 0
        self._ticks: dict[int, Fraction] = {}
        self._times: list[int] = []
        self._sizes: list[int] = []
        self._places: dict[int, int] = {}
        self._idr: list[int] = []
        self._delay = 0
        self._formats: set[tuple[str, str]] = set()
        self._audio: list[int] = []

    def take(self, line: str) -> None:
        """Raises EncodeFailed for a packet without a time, and for too many of them."""
        if line.startswith("#tb "):
            number, _, tick = line.removeprefix("#tb ").partition(": ")
            self._ticks[int(number)] = Fraction(tick)
        if not line or line.startswith("#"):
            return
        index, decoded, shown, _, size, checksum, *_ = (part.strip() for part in line.split(","))
        try:
            self._add(int(index), int(decoded), int(shown), int(size), checksum)
        except ValueError:
            raise EncodeFailed("Its packets have no times.") from None

    def _add(self, index: int, decoded: int, shown: int, size: int, checksum: str) -> None:
        if index == 0:
            if len(self._times) == mp4_index.MAX_SAMPLES:
                raise EncodeFailed("It has too many packets.")
            self._places[decoded] = len(self._times)
            self._times.append(shown)
            self._sizes.append(size)
        elif index == 1:
            self._idr.append(decoded)
            self._delay = max(self._delay, shown - decoded)
        elif index == 2:
            self._formats.add((str(size), checksum))
        else:
            self._audio.append(shown)

    def packets(self) -> Packets:
        """Raises EncodeFailed if two packets are decoded at the same time."""
        if 0 not in self._ticks or len(self._places) < len(self._times):
            raise EncodeFailed("Its packets have no order.")
        return Packets(
            tick=self._ticks[0],
            times=self._times,
            sizes=self._sizes,
            idr=[self._places[decoded] for decoded in self._idr if decoded in self._places],
            delay=self._delay,
            one_format=len(self._formats) < 2,
            steady_audio=self._steady(),
        )

    def _steady(self) -> int:
        if not self._audio or not self._audio_rate:
            return 0
        tick, step, first = float(self._ticks[3]), AAC_SAMPLES / self._audio_rate, self._audio[0]
        off = (abs((time - first) * tick - number * step) for number, time in enumerate(self._audio))
        return len(self._audio) if max(off) < AUDIO_ROUNDING else 0
