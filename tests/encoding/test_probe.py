import random
import struct
from fractions import Fraction
from pathlib import Path

import pytest

from tests.failing_ffmpeg import odd_program
from tests.films import Films
from videoflix.encoding import density
from videoflix.encoding.probe import codecs_of, probe
from videoflix.encoding.probe_report import parse_probe
from videoflix.errors import EncodeFailed, NotAFilm

VIDEO = {"index": 0, "codec_type": "video", "codec_name": "h264", "width": 640, "height": 360, "r_frame_rate": "25/1"}
# Transformation matrices of an MP4's track (ISO/IEC 14496-12, 6.2.2).
UPRIGHT = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
TO_THE_LEFT = struct.pack(">9i", 0, -0x10000, 0, 0x10000, 0, 0, 0, 0, 0x40000000)


async def test_what_an_original_is(films: Films) -> None:
    found = await probe(films.ffmpeg, films.ffprobe, films.make(rate="30000/1001"))
    assert (found.width, found.height, found.frame_rate) == (320, 180, Fraction(30000, 1001))
    assert (found.video, found.audio_tracks[0].stream, found.interlaced) == (0, 1, False)
    assert (found.frames, found.first) == (90, 0)
    assert found.duration == pytest.approx(3, abs=0.1)


async def test_a_film_without_sound_has_no_audio(films: Films) -> None:
    assert (await probe(films.ffmpeg, films.ffprobe, films.make(audio=False))).audio_tracks == ()


async def test_a_turned_picture_is_measured_as_it_is_shown(films: Films, tmp_path: Path) -> None:
    turned, upright = tmp_path / "turned.mp4", films.make().read_bytes()
    track = upright.index(UPRIGHT, upright.index(b"tkhd"))  # ffmpeg has no option for it before version 6
    turned.write_bytes(upright[:track] + TO_THE_LEFT + upright[track + len(UPRIGHT) :])
    found = await probe(films.ffmpeg, films.ffprobe, turned)
    assert (found.width, found.height) == (180, 320)


def test_pixels_are_made_square() -> None:
    told = {"streams": [{**VIDEO, "width": 720, "height": 576, "sample_aspect_ratio": "64:45"}]}
    assert (parse_probe(told).width, parse_probe(told).height) == (1024, 576)


def test_a_cover_picture_is_no_film() -> None:
    cover = {**VIDEO, "disposition": {"attached_pic": 1}}
    with pytest.raises(NotAFilm, match="has no video"):
        parse_probe({"streams": [cover]})
    assert parse_probe({"streams": [cover, {**VIDEO, "index": 1}]}).video == 1


def test_a_cover_stands_for_sound_that_has_no_picture() -> None:
    cover, sound = {**VIDEO, "disposition": {"attached_pic": 1}}, {"codec_type": "audio", "codec_name": "aac"}
    assert parse_probe({"streams": [{**sound, "index": 1}, {**cover, "index": 2}]}).video == 2
    assert parse_probe({"streams": [{**sound, "index": 1}, {**cover, "index": 2}, {**VIDEO, "index": 3}]}).video == 3


def test_the_default_track_is_taken() -> None:
    tracks = [
        {"index": 1, "codec_type": "audio", "codec_name": "aac"},
        {"index": 2, "codec_type": "audio", "codec_name": "aac", "disposition": {"default": 1}},
    ]
    assert parse_probe({"streams": [VIDEO, *tracks]}).audio_tracks[0].stream == 2


def test_all_audio_tracks_are_offered_under_names_that_tell_them_apart() -> None:
    audio = {"codec_type": "audio", "codec_name": "aac"}
    tracks = [
        {**audio, "index": 1, "tags": {"language": "gibberish"}},
        {**audio, "index": 2, "tags": {"language": "ger"}},
        {**audio, "index": 3, "tags": {"language": "eng", "title": 'The "director" speaks'}},
        {**audio, "index": 4, "tags": {"language": "und", "title": "Nobody knows"}},
        {**audio, "index": 5, "tags": {"language": "qaa"}},
        {**audio, "index": 6},
    ]
    found = parse_probe({"streams": [VIDEO, *tracks]}).audio_tracks
    assert [(one.stream, one.language, one.name) for one in found] == [
        (1, None, None),
        (2, "de", "Deutsch"),
        (3, "en", "The ”director” speaks"),
        (4, None, "Nobody knows"),
        (5, None, "Original"),
        (6, None, "Track 6"),
    ]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"streams": [VIDEO] * 65}, "65 streams"),
        ({"streams": [{**VIDEO, "width": 100_000, "height": 100_000}]}, "too large"),
        ({"streams": [{**VIDEO, "width": 0}]}, "no complete frame"),
        ({"streams": [VIDEO], "format": {"duration": "90000"}}, "longer than a day"),
        ({}, "has no video"),
    ],
)
def test_what_cannot_become_a_film(told: dict[str, object], reason: str) -> None:
    with pytest.raises(NotAFilm, match=reason):
        parse_probe(told)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"This is a letter, not a film.\n" * 50, "This is text, not a film"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", "This is a playlist"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "This is text"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "This is an image"),
        (random.Random(3).randbytes(50_000), "cannot be read as a film: its format is unknown"),
    ],
)
async def test_files_that_are_no_film_are_refused_with_a_reason(
    films: Films, tmp_path: Path, content: bytes, reason: str
) -> None:
    file = tmp_path / "film.mp4"
    file.write_bytes(content)
    with pytest.raises(NotAFilm, match=reason) as caught:
        await probe(films.ffmpeg, films.ffprobe, file)
    assert "root:" not in caught.value.detail


async def test_a_file_that_is_not_there(films: Films, tmp_path: Path) -> None:
    with pytest.raises(NotAFilm, match="not there"):
        await probe(films.ffmpeg, films.ffprobe, tmp_path / "nowhere.mp4")


async def test_a_truncated_film_is_refused_with_a_reason(films: Films, tmp_path: Path) -> None:
    file = tmp_path / "half.mp4"
    content = films.make().read_bytes()
    file.write_bytes(content[: len(content) // 2])  # the index stands at the end
    with pytest.raises(NotAFilm, match="moov atom not found"):
        await probe(films.ffmpeg, films.ffprobe, file)


@pytest.mark.parametrize("name", ["film.mkv", "film.mp4", "film.avi", "film.webm"])
async def test_a_film_whose_picture_cannot_be_decoded_is_refused(films: Films, tmp_path: Path, name: str) -> None:
    film = tmp_path / name
    source = films.make(name, size="64x36")
    films.run("-i", str(source), "-c", "copy", "-bsf:v", "noise=amount=1", str(film))
    with pytest.raises(NotAFilm, match="None of the film's pictures"):
        await probe(films.ffmpeg, films.ffprobe, film)


async def test_a_film_whose_picture_is_damaged_for_long_at_its_beginning_is_taken(
    films: Films, tmp_path: Path
) -> None:
    film = tmp_path / "film.mkv"
    source = films.make("film.mkv", size="64x36", seconds=28, audio=False, options=("-g", "25"))
    films.run("-i", str(source), "-c", "copy", "-bsf:v", "noise=amount='lt(n,650)'", str(film))
    assert (await probe(films.ffmpeg, films.ffprobe, film)).video == 0


def test_codecs_are_read_from_the_parameter_set() -> None:
    segment = b"\x47" * 100 + b"\x00\x00\x00\x01\x67\x64\x00\x1f\xac" + b"\xff" * 100
    assert codecs_of(segment, has_audio=True) == "avc1.64001f,mp4a.40.2"
    assert codecs_of(segment, has_audio=False) == "avc1.64001f"
    with pytest.raises(EncodeFailed):
        codecs_of(b"\xff" * 200, has_audio=True)


async def test_a_film_whose_packets_cannot_be_counted_is_refused(
    films: Films, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(density, "MAX_STILL_FRAMES", 0)
    monkeypatch.setattr(density, "FEW_BYTES", 10**6)
    odd = odd_program(tmp_path, films.ffprobe, "csv=p=0", "[ $# -lt 14 ] && exit 1")
    with pytest.raises(NotAFilm, match="cannot be read as a film"):
        await probe(films.ffmpeg, odd, films.make(audio=False))
