"""Argument lists that encode audio to AAC."""

from pathlib import Path

from videoflix.encoding.audio_filters import padded_to, silence_source, starting_at, to_stereo
from videoflix.encoding.capabilities import Capabilities
from videoflix.encoding.geometry import Geometry
from videoflix.encoding.inputs import INPUT
from videoflix.encoding.models import AudioTrack, Probe

# Most packets of a damaged track may be undecodable: the others are used.
AS_IT_IS = ("-max_error_rate", "1")


def aac(geometry: Geometry) -> tuple[str, ...]:
    """Output options: the encoder and its format."""
    return ("-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", str(geometry.sample_rate))


def audio_track(
    ffmpeg: str, source: Path, probe: Probe, track: AudioTrack, geometry: Geometry, capabilities: Capabilities
) -> list[str]:
    """A whole audio track as AAC packets (ADTS) on standard output, from the film's first frame to its last."""
    decoded, stereo = to_stereo(track, geometry, capabilities)
    chain, end = stereo + starting_at(probe, probe.origin + probe.first + probe.hold - track.begin), []
    if probe.frames:
        seconds = float(probe.frames / probe.frame_rate)
        chain += f",{padded_to(seconds)}"
        end = ["-t", f"{seconds:.6f}"]
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", *AS_IT_IS, "-threads", "1"),
        *(*INPUT, "-i", f"file:{source}", *decoded),
        *("-filter_complex", f"{chain}[sound]", "-map", "[sound]", *aac(geometry), *end, "-f", "adts", "pipe:1"),
    ]


def copied_track(ffmpeg: str, source: Path, track: AudioTrack) -> list[str]:
    """The AAC packets of a track as they are (ADTS), on standard output."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", *INPUT, "-i", f"file:{source}"),
        *("-map", f"0:{track.stream}", "-c", "copy", "-f", "adts", "pipe:1"),
    ]


def silence(ffmpeg: str, seconds: float, geometry: Geometry) -> list[str]:
    """Silence of so many seconds as AAC packets (ADTS) on standard output."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error"),
        *("-f", "lavfi", "-i", silence_source(seconds, geometry)),
        *(*aac(geometry), "-f", "adts", "pipe:1"),
    ]


def audio_trial(ffmpeg: str, source: Path, stream: int, geometry: Geometry) -> list[str]:
    """The first packet of an audio stream in the film's format, on standard output."""
    return [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-threads", "1"),
        *(*INPUT, "-i", f"file:{source}", "-map", f"0:{stream}", *aac(geometry)),
        *("-frames:a", "1", "-f", "adts", "pipe:1"),
    ]
