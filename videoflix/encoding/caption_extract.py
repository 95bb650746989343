"""Argument lists that extract the captions of an original."""

from pathlib import Path

from videoflix.encoding.inputs import INPUT
from videoflix.encoding.models import CaptionTrack, Probe

# Captions that are copied: a decoder would lose what distinguishes drawings from text. Others become WebVTT.
CAPTION_FORMS = {"ass": "ass", "ssa": "ass", "subrip": "srt", "text": "srt"}


def captions(ffmpeg: str, source: Path, probe: Probe, folder: Path, most_bytes: int) -> list[str]:
    """Every caption track as a file (`caption_form`), named by its position, with the times of the container's clock.

    A track may have no text for an hour: another stream on standard output, the first audio track or else the video,
    shows that reading continues.
    """
    beside = probe.audio_tracks[0].stream if probe.audio_tracks else probe.video
    arguments = [
        *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-threads", "1", "-copyts"),
        *(*INPUT, "-i", f"file:{source}"),
    ]
    for place, track in enumerate(probe.captions):
        form = caption_form(track)
        codec = form if form == "webvtt" else "copy"
        arguments += ["-map", f"0:{track.stream}", "-c:s", codec, "-avoid_negative_ts", "disabled"]
        arguments += ["-fs", str(most_bytes), "-f", form, f"file:{folder / str(place)}"]
    return [*arguments, "-map", f"0:{beside}", "-c", "copy", "-f", "data", "pipe:1"]


def caption_form(track: CaptionTrack) -> str:
    return CAPTION_FORMS.get(track.codec, "webvtt")
