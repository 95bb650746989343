from fractions import Fraction
from pathlib import Path

from msgspec.structs import replace

from videoflix.encoding.caption_extract import captions
from videoflix.encoding.models import AudioTrack, CaptionTrack, Probe

FOUND = Probe(
    video=0, audio_tracks=(AudioTrack(stream=1),), width=1920, height=1080, frame_rate=Fraction(30), duration=60.0
)  # fmt: skip


def test_all_caption_tracks_are_extracted_in_one_run_while_audio_shows_progress() -> None:
    tracks = (CaptionTrack(stream=3), CaptionTrack(stream=5))
    arguments = captions("ffmpeg", Path("x"), replace(FOUND, captions=tracks), Path("/folder"), 1000)
    mapped = [arguments[place + 1] for place, word in enumerate(arguments) if word == "-map"]
    assert mapped == ["0:3", "0:5", "0:1"]
    assert [word for word in arguments if word.startswith("file:/folder/")] == ["file:/folder/0", "file:/folder/1"]
    silent = captions("ffmpeg", Path("x"), replace(FOUND, captions=tracks, audio_tracks=()), Path("/folder"), 1000)
    assert silent[-6:] == ["0:0", "-c", "copy", "-f", "data", "pipe:1"]
