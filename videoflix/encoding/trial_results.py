"""Remembers in the data folder how trials of ffmpeg ended: each takes seconds, and every command asks for them."""

import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import msgspec
from msgspec import Struct

from videoflix import durable

FILE = "ffmpeg_trials.json"
# The libraries of a program may change while the program itself does not.
VALID = timedelta(days=1)


class TrialResult(Struct, frozen=True, kw_only=True):
    """What was tried, by which Videoflix, and why it cannot make films; None if it can."""

    programs: tuple[str, str]
    tried_at: datetime
    failure: str | None


def find(data: Path, ffmpeg: str, ffprobe: str) -> TrialResult | None:
    """The last trial of these programs, as they are now, by this Videoflix."""
    programs = _identify(ffmpeg, ffprobe)
    fresh = (one for one in _read(data) if datetime.now(UTC) - VALID < one.tried_at <= datetime.now(UTC))
    return next((one for one in fresh if one.programs == programs), None)


def keep(data: Path, ffmpeg: str, ffprobe: str, failure: str | None) -> None:
    """A folder that does not exist or cannot be written keeps nothing."""
    new = TrialResult(programs=_identify(ffmpeg, ffprobe), tried_at=datetime.now(UTC), failure=failure)
    others = [one for one in _read(data) if one.programs != new.programs and datetime.now(UTC) - one.tried_at < VALID]
    with suppress(OSError):
        durable.write(data / FILE, msgspec.json.encode([*others, new]).decode())


def forget(data: Path) -> None:
    """Have all programs tried again."""
    with suppress(OSError):
        (data / FILE).unlink()


def _read(data: Path) -> list[TrialResult]:
    try:
        return msgspec.json.decode((data / FILE).read_bytes(), type=list[TrialResult])
    except (OSError, msgspec.DecodeError):
        return []


def _identify(ffmpeg: str, ffprobe: str) -> tuple[str, str]:
    return _identity(ffmpeg), _identity(ffprobe)


def _identity(program: str) -> str:
    """Another one after an update of the program, or of Videoflix, which then may need more of it."""
    path = Path(shutil.which(program) or program).resolve()
    try:
        status = path.stat()
    except OSError:
        return f"{path} is missing"
    return f"{path} {status.st_size} {status.st_mtime_ns} videoflix {version('videoflix')}"
