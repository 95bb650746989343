"""Audio that cannot be used is left out with a note, and never keeps a film out."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from tests.failing_ffmpeg import odd_program
from tests.films import Films
from videoflix.encoding import audio_tracks
from videoflix.encoding.probe import probe
from videoflix.errors import FfmpegUnavailable

PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=2")
SOUND = ("-f", "lavfi", "-i", "sine=sample_rate=48000:duration=2")
AMBISONIC = ("-f", "lavfi", "-i", "aevalsrc=0.1|0.1|0.1|0.1:channel_layout=ambisonic 1:duration=2:sample_rate=48000")
GOOD = ("-c:a:1", "aac")

Change = Callable[[bytes], bytes]


def _as_it_is(content: bytes) -> bytes:
    return content


def _ac4(content: bytes) -> bytes:
    """The first AAC track of an MP4 calls itself AC-4."""
    at = content.index(b"mp4a")
    return content[:at] + content[at:].replace(b"mp4a", b"ac-4", 1).replace(b"esds", b"dac4", 1)


def _unknown(content: bytes) -> bytes:
    """The format of an AVI's first audio stream is one that nobody knows."""
    header = content.index(b"strf", content.index(b"auds")) + 8
    return content[:header] + b"\x77\x77" + content[header + 2 :]


def _damaged_configuration(content: bytes) -> bytes:
    """The configuration of an MP4's first AAC track is nonsense."""
    at = content.index(b"\x05\x80\x80\x80", content.index(b"esds", content.index(b"mp4a")))
    length = content[at + 4]
    return content[: at + 5] + b"\xff" * length + content[at + 5 + length :]


def _damaged_flac(content: bytes) -> bytes:
    at = content.index(b"fLaC") + 8
    return content[:at] + bytes(34) + content[at + 34 :]


def _no_channels(content: bytes) -> bytes:
    """The first audio stream of an AVI has no channels."""
    header = content.index(b"strf", content.index(b"auds")) + 8
    return content[: header + 2] + b"\0\0" + content[header + 4 :]


@pytest.mark.parametrize(
    ("name", "source", "first", "change", "codec"),
    [
        ("AC-4.mp4", SOUND, ("aac",), _ac4, "ac4"),
        ("unknown codec.avi", SOUND, ("pcm_s16le",), _unknown, "unknown codec"),
        ("no packets.mkv", SOUND, ("aac", "-bsf:a:0", "noise=drop=1"), _as_it_is, "aac"),
        ("no packets.ts", SOUND, ("mp2", "-bsf:a:0", "noise=drop=1"), _as_it_is, "mp3"),
        ("undecodable.mkv", SOUND, ("ac3", "-bsf:a:0", "noise=amount=1"), _as_it_is, "ac3"),
        ("undecodable.mp4", SOUND, ("aac", "-bsf:a:0", "noise=amount=1"), _as_it_is, "aac"),
        ("ambisonic.mkv", AMBISONIC, ("libopus", "-mapping_family:a:0", "2"), _as_it_is, "opus"),
        ("no layout.mkv", SOUND, ("pcm_s16le", "-filter:a:0", "pan=20C|c0=c0|c19=c0"), _as_it_is, "pcm_s16le"),
        ("no layout.mov", SOUND, ("pcm_s16le", "-filter:a:0", "pan=9C|c0=c0|c8=c0"), _as_it_is, "pcm_s16le"),
    ],
)
async def test_audio_that_cannot_be_used_is_left_out(
    films: Films,
    tmp_path: Path,
    name: str,
    source: tuple[str, ...],
    first: tuple[str, ...],
    change: Change,
    codec: str,
) -> None:
    alone, followed = tmp_path / name, tmp_path / f"followed {name}"
    options = ("-c:v", "mpeg4", "-strict", "experimental", "-c:a:0", *first)
    films.run(*PICTURE, *source, *options, str(alone))
    films.run(*PICTURE, *source, *SOUND, "-map", "0", "-map", "1", "-map", "2", *options, *GOOD, str(followed))
    for film in (alone, followed):
        film.write_bytes(change(film.read_bytes()))

    silent = await probe(films.ffmpeg, films.ffprobe, alone)
    assert silent.audio_tracks == ()
    assert len(silent.notes) == 1
    assert silent.notes[0].startswith("The film is silent, as its audio cannot be decoded: track 1 (")
    found = await probe(films.ffmpeg, films.ffprobe, followed)
    assert [one.stream for one in found.audio_tracks] == [2]
    (note,) = found.notes
    names = (codec, "unknown codec")  # ffmpeg 5 has no name for AC-4
    assert note in [f"Audio tracks that cannot be decoded are left out: 1 ({name})." for name in names]


async def test_a_film_has_no_more_than_eight_audio_tracks(films: Films, tmp_path: Path) -> None:
    film = tmp_path / "many.mkv"
    options = ("-c:v", "mpeg4", "-c:a", "pcm_s16le", "-t", "0.2", "-disposition:a:9", "default")
    films.run(*PICTURE, *SOUND, "-map", "0", *("-map", "1") * 10, *options, str(film))
    found = await probe(films.ffmpeg, films.ffprobe, film)
    assert [one.stream for one in found.audio_tracks] == [10, *range(1, 8)]
    assert found.notes == ("The film has 10 audio tracks; 8 of them are taken over.",)


@pytest.mark.parametrize(
    ("name", "codec", "change"),
    [
        ("film.mp4", "aac", _damaged_configuration),
        ("film.mkv", "flac", _damaged_flac),
        ("film.avi", "pcm_s16le", _no_channels),
    ],
)
async def test_a_damaged_header_of_one_stream_does_not_keep_the_film_out(
    films: Films, tmp_path: Path, name: str, codec: str, change: Change
) -> None:
    film, options = tmp_path / name, ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-c:a:0", codec)
    german = ("-metadata:s:a:1", "language=ger") if name != "film.avi" else ()
    films.run(*PICTURE, *SOUND, *SOUND, "-map", "0", "-map", "1", "-map", "2", *options, *GOOD, *german, str(film))
    film.write_bytes(change(film.read_bytes()))
    found = await probe(films.ffmpeg, films.ffprobe, film)
    assert (found.video, found.width, found.height, found.frame_rate) == (0, 160, 90, Fraction(25))
    assert [(one.stream, one.language) for one in found.audio_tracks] == [(2, "de" if german else None)]
    assert found.notes == ("Streams that cannot be read, as their headers are damaged, are left out: 1.",)


async def test_a_track_that_takes_too_long_to_try_is_not_left_out(
    films: Films, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The storage may be slow at that moment: the probe is repeated later."""
    monkeypatch.setattr(audio_tracks, "TRIAL_SECONDS", 0.5)
    slow = odd_program(tmp_path, films.ffmpeg, "adts", "exec sleep 600")
    with pytest.raises(FfmpegUnavailable, match="took longer than"):
        await probe(slow, films.ffprobe, films.make())
