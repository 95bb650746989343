"""Audio that cannot be used is left out with a note, and never keeps a film out."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.films import Films
from videoflix.ffmpeg.probe import probe

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
    assert silent.sounds == ()
    assert len(silent.notes) == 1
    assert silent.notes[0].startswith("The film is silent, as its audio cannot be decoded: track 1 (")
    found = await probe(films.ffmpeg, films.ffprobe, followed)
    assert [one.stream for one in found.sounds] == [2]
    assert found.notes == (f"Audio tracks that cannot be decoded are left out: 1 ({codec}).",)


async def test_a_film_has_no_more_than_eight_audio_tracks(films: Films, tmp_path: Path) -> None:
    film = tmp_path / "many.mkv"
    options = ("-c:v", "mpeg4", "-c:a", "pcm_s16le", "-t", "0.2", "-disposition:a:9", "default")
    films.run(*PICTURE, *SOUND, "-map", "0", *("-map", "1") * 10, *options, str(film))
    found = await probe(films.ffmpeg, films.ffprobe, film)
    assert [one.stream for one in found.sounds] == [10, *range(1, 8)]
    assert found.notes == ("The film has 10 audio tracks; 8 of them are taken over.",)
