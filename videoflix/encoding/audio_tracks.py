"""Decides which audio tracks of an original are used: those that can be decoded and mixed down to stereo."""

import asyncio
from pathlib import Path
from typing import Any

from videoflix.encoding import audio_encode
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.process import capture
from videoflix.errors import EncodeFailed

Stream = dict[str, Any]

# Each track is encoded and stored separately, and broadcasters deliver files with 16 mono tracks.
MAX_TRACKS = 8
# The whole file is searched for the packets of a declared track, which takes longer for a large one.
TRIAL_SECONDS, MIN_BYTES_PER_SECOND = 60.0, 20 * 1024**2


def in_order(streams: list[Stream]) -> list[Stream]:
    """The audio tracks among ffprobe's streams, the default one first."""
    tracks = [stream for stream in streams if stream.get("codec_type") == "audio"]
    return sorted(tracks, key=lambda track: not track.get("disposition", {}).get("default"))


async def select(ffmpeg: str, source: Path, streams: list[Stream]) -> tuple[list[Stream], tuple[str, ...]]:
    """The streams without the audio tracks that cannot be used or are too many, and notes about these."""
    used: list[Stream] = []
    failed: list[Stream] = []
    tracks = in_order(streams)
    for track in tracks:
        if len(used) < MAX_TRACKS:
            (used if await _is_decodable(ffmpeg, source, track) else failed).append(track)
    kept = [stream for stream in streams if stream.get("codec_type") != "audio" or stream in used]
    return kept, _notes(len(tracks), len(used), [_description(streams, track) for track in failed])


async def _is_decodable(ffmpeg: str, source: Path, track: Stream) -> bool:
    """Whether the beginning of a track can be encoded the way the film's audio will be. Raises FfmpegUnavailable."""
    seconds = TRIAL_SECONDS + (await asyncio.to_thread(source.stat)).st_size / MIN_BYTES_PER_SECOND
    try:
        arguments = audio_encode.audio_trial(ffmpeg, source, track["index"], CURRENT)
        return bool(await capture(arguments, seconds=seconds))
    except EncodeFailed:
        return False


def _description(streams: list[Stream], track: Stream) -> str:
    audio = [stream["index"] for stream in streams if stream.get("codec_type") == "audio"]
    return f"{audio.index(track['index']) + 1} ({track.get('codec_name') or 'unknown codec'})"


def _notes(total: int, used: int, failed: list[str]) -> tuple[str, ...]:
    notes = []
    if failed and used:
        notes.append(f"Audio tracks that cannot be decoded are left out: {', '.join(failed)}.")
    elif failed:
        notes.append(f"The film is silent, as its audio cannot be decoded: track {', '.join(failed)}.")
    if used + len(failed) < total:
        notes.append(f"The film has {total} audio tracks; {used} of them are taken over.")
    return tuple(notes)
