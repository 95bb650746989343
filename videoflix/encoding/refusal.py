"""The reason why a file cannot become a film: the same for every way of adding it."""

from pathlib import Path
from typing import Any

import msgspec

from videoflix.encoding import encryption, probe_commands
from videoflix.encoding.ffmpeg_errors import RunFailed
from videoflix.encoding.process import capture
from videoflix.encoding.video_stream import is_cover
from videoflix.errors import EncodeFailed, NotAFilm
from videoflix.library import containers

SECONDS = 60.0
# How certain ffprobe has to be: with 1 it takes noise for MP3, and with 50 it goes by the file's name.
MIN_SCORE = 51
ENCRYPTED = "The film is encrypted and cannot be played without its key. Please add a decrypted copy."
CANNOT = "The file cannot be read as a film"
REMEDY = "Please check that it plays elsewhere, and copy or convert it again."


def check_beginning(source: Path) -> None:
    """Raises NotAFilm for a file whose first bytes show that it is something else, and for an encrypted film;
    OSError."""
    with source.open("rb") as reading:
        head = reading.read(containers.LONG_HEAD_BYTES)
        if not head:
            raise NotAFilm("The file is empty.")
        if reason := containers.refusal(head):
            raise NotAFilm(reason)
        if encryption.is_encrypted(reading):
            raise NotAFilm(ENCRYPTED)


def is_container(source: Path) -> bool:
    """Whether a file begins like a container for films. Raises OSError."""
    with source.open("rb") as reading:
        return containers.is_film(reading.read(containers.HEAD_BYTES))


async def explain(ffprobe: str, source: Path, failure: EncodeFailed) -> NotAFilm:
    """Why ffprobe could not read a file whose beginning is not known."""
    is_film = is_container(source)
    if not is_film and (name := await _other_kind(ffprobe, source)):
        return NotAFilm(containers.no_film(name))
    if not isinstance(failure, RunFailed):
        return NotAFilm(f"{CANNOT}: {failure.detail}")
    if not is_film:
        return NotAFilm(f"{CANNOT}: its format is unknown; it may be damaged or encrypted. {REMEDY}")
    cause = failure.cause or "it is damaged, or in a format that this ffmpeg does not support"
    return NotAFilm(f"{CANNOT}: {cause}. {REMEDY}")


def without_picture(streams: list[dict[str, Any]]) -> NotAFilm:
    """The reason for a readable file without a stream that could be a film's video."""
    videos = [stream for stream in streams if stream.get("codec_type") == "video" and not is_cover(stream)]
    if unknown := [stream for stream in videos if not stream.get("codec_name")]:
        tag = unknown[0].get("codec_tag_string", "")
        name = f" ({tag})" if tag.isprintable() and tag.isascii() and tag.isalnum() else ""
        return NotAFilm(f"The video is in a format that cannot be decoded{name}.")
    if videos:
        return NotAFilm("The video has no complete frame; the file may be damaged or truncated.")
    if "audio" in {stream.get("codec_type") for stream in streams}:
        return NotAFilm(containers.no_film(containers.AUDIO_FILE))
    return NotAFilm("The file has no video.")


async def _other_kind(ffprobe: str, source: Path) -> str | None:
    """What a file is that cannot become a film, if ffprobe is certain of it."""
    try:
        told = msgspec.json.decode(await capture(probe_commands.identify(ffprobe, source), seconds=SECONDS))
    except EncodeFailed:
        return None
    if told.get("format", {}).get("probe_score", 0) < MIN_SCORE:
        return None
    kinds = {stream.get("codec_type") for stream in told.get("streams", [])}
    if "video" in kinds:
        is_picture = told["format"]["format_name"].endswith("_pipe")
        return containers.IMAGE_FILE if is_picture else containers.RAW_STREAM
    return containers.AUDIO_FILE if "audio" in kinds else None
