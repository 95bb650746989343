"""Wall time of the whole ladder of a film, and beside it one ffmpeg run per rung."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from msgspec import Struct

from bench.house import configured, folder
from bench.result import Result
from videoflix.ffmpeg import command
from videoflix.ffmpeg.probe import probe
from videoflix.ffmpeg.process import follow
from videoflix.ladder import ladder
from videoflix.models import Probe, Rung
from videoflix.settings import Settings

FILM_SECONDS = 60
MOST = 0.75
# Grain that moves: without it a test picture costs an encoder next to nothing.
PICTURE = f"testsrc2=size=1920x1080:rate=30:duration={FILM_SECONDS},noise=alls=12:allf=t"
# The rate of a disc: at ten times that, decoding would be most of the work and flatter whoever decodes once.
RATE = ("-preset", "veryfast", "-b:v", "20M", "-maxrate", "25M", "-bufsize", "40M")


class Original(Struct, frozen=True):
    """What is encoded, and with which settings."""

    settings: Settings
    file: Path
    probe: Probe


async def measure() -> list[Result]:
    with folder() as place:
        settings = configured(place)
        film = place / "film.mp4"
        await follow(_make_film(settings.ffmpeg, film))
        original = Original(settings, film, await probe(settings.ffprobe, film))
        rungs = ladder(original.probe.width, original.probe.height)
        # Ours stands between the others, so that a machine that slows down slows both sides down.
        *lower, top = rungs
        apart = await _seconds(place, original, [top])
        together = await _seconds(place, original, rungs)
        for rung in lower:
            apart += await _seconds(place, original, [rung])
    ratio = together / apart
    what = f"ladder of {FILM_SECONDS} s of 1080p30, preset {settings.transcode_preset}"
    measured = f"{together:.1f} s, a run per rung {apart:.1f} s: {ratio:.2f} ×"
    return [Result(what, measured, f"≤ {MOST} ×", ratio <= MOST)]


async def _seconds(place: Path, original: Original, rungs: Sequence[Rung]) -> float:
    """How long these rungs take in one run, as a worker would do it."""
    with tempfile.TemporaryDirectory(dir=place) as staging:
        for rung in rungs:
            (Path(staging) / rung.name).mkdir()
        preset = original.settings.transcode_preset
        arguments = command.encode(
            original.settings.ffmpeg, original.file, original.probe, rungs, preset=preset, cores=os.cpu_count() or 1
        )
        begin = perf_counter()
        await follow(arguments, folder=Path(staging))
        return perf_counter() - begin


def _make_film(ffmpeg: str, target: Path) -> list[str]:
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-progress", "pipe:1", "-f", "lavfi", "-i", PICTURE),
        *("-f", "lavfi", "-i", f"sine=frequency=330:beep_factor=4:sample_rate=48000:duration={FILM_SECONDS}"),
        *("-c:v", "libx264", *RATE, "-pix_fmt", "yuv420p", "-g", "60"),
        *("-c:a", "aac", "-f", "mp4", f"file:{target}"),
    ]
