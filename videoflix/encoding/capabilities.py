"""What an ffmpeg can do, by what it says itself: version numbers say little, as distributions leave parts out."""

import asyncio
import re
import shutil
from pathlib import Path

from msgspec import Struct

from videoflix.encoding import probe_commands
from videoflix.encoding.ffmpeg_errors import RunFailed
from videoflix.encoding.models import ToneMap
from videoflix.encoding.process import capture
from videoflix.errors import EncodeFailed, FfmpegUnavailable

SECONDS = 60.0
UNKNOWN_OPTION = "Unrecognized option"
# A line of ffmpeg's lists: flags, then the name, or several with commas.
FILTER = re.compile(r"^ [TSC.]{2,3} (\S+) +\S+->\S+", re.MULTILINE)
CODEC = re.compile(r"^ [VAS][A-Z.]{5} (?!=)(\S+)", re.MULTILINE)
DEMUXER = re.compile(r"^ D[ d]* (?!=)(\S+)", re.MULTILINE)

Stamp = tuple[str, int, int]


class Capabilities(Struct, frozen=True, kw_only=True):
    """What differs between the versions and builds of ffmpeg that can make films.

    `fps_mode` says whether it has the option of that name (5.1), which is `vsync` in older ones; `loopback` whether
    it can decode what it encodes in the same run (7.0). `tone_map` is what it has for HDR. `encoders`, `decoders` and
    `demuxers` are ffmpeg's names.
    """

    fps_mode: bool = True
    loopback: bool = True
    tone_map: ToneMap | None = None
    encoders: frozenset[str] = frozenset()
    decoders: frozenset[str] = frozenset()
    demuxers: frozenset[str] = frozenset()

    @property
    def every_frame(self) -> tuple[str, str]:
        """Output options: frames are neither repeated nor left out to make their rate constant."""
        return "-fps_mode" if self.fps_mode else "-vsync", "passthrough"


_known: dict[Stamp, Capabilities] = {}


async def capabilities_of(ffmpeg: str) -> Capabilities:
    """What a program can do; it is asked once, until the file is replaced. Raises FfmpegUnavailable."""
    stamp = _stamp(ffmpeg)
    if stamp not in _known:
        _known[stamp] = await _ask(ffmpeg)
    return _known[stamp]


def _stamp(ffmpeg: str) -> Stamp:
    path = shutil.which(ffmpeg) or ffmpeg
    try:
        about = Path(path).stat()
    except OSError as error:
        raise FfmpegUnavailable(f"{ffmpeg} cannot be run: {error.strerror} (see FFMPEG and FFPROBE).") from None
    return path, about.st_size, about.st_mtime_ns


async def _ask(ffmpeg: str) -> Capabilities:
    fps_mode, loopback, filters, encoders, decoders, demuxers = await asyncio.gather(
        _knows(ffmpeg, "fps_mode"),
        _knows(ffmpeg, "dec"),
        _listed(ffmpeg, "filters", FILTER),
        _listed(ffmpeg, "encoders", CODEC),
        _listed(ffmpeg, "decoders", CODEC),
        _listed(ffmpeg, "demuxers", DEMUXER),
    )
    return Capabilities(
        fps_mode=fps_mode,
        loopback=loopback,
        tone_map=await _tone_map(ffmpeg, filters),
        encoders=encoders,
        decoders=decoders,
        demuxers=demuxers,
    )


async def _knows(ffmpeg: str, option: str) -> bool:
    """Whether it has an option, also one that its help leaves out: without a value it fails for that reason."""
    try:
        await capture(probe_commands.option(ffmpeg, option), seconds=SECONDS, may_fail=True)
    except RunFailed as failure:
        return UNKNOWN_OPTION not in failure.said
    return True


async def _listed(ffmpeg: str, kind: str, line: re.Pattern[str]) -> frozenset[str]:
    told = await _about(probe_commands.listed(ffmpeg, kind))
    return frozenset(name for names in line.findall(told) for name in names.split(","))


async def _tone_map(ffmpeg: str, filters: frozenset[str]) -> ToneMap | None:
    if {"zscale", "tonemap"} <= filters:
        return ToneMap.ZSCALE
    return ToneMap.SCALE if " out_transfer " in await _about(probe_commands.scale_options(ffmpeg)) else None


async def _about(arguments: list[str]) -> str:
    """What ffmpeg says about itself. Raises FfmpegUnavailable: no film is read."""
    try:
        return (await capture(arguments, seconds=SECONDS)).decode("utf-8", "replace")
    except EncodeFailed as failure:
        raise FfmpegUnavailable(failure.detail) from None
