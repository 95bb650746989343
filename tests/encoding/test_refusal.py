"""The reason for a file that cannot become a film is the same and true, whatever the file is."""

import random
from pathlib import Path

import pytest

from tests.films import Films
from videoflix.encoding.probe import probe
from videoflix.errors import NotAFilm

SOUND = "This is an audio file, not a film. It has no video."
RAW = "This is a raw video stream, not a film."
PICTURE = "This is an image, not a film."
JUNK = random.Random(5).randbytes(600)


async def _reason(films: Films, file: Path) -> str:
    with pytest.raises(NotAFilm) as caught:
        await probe(films.ffmpeg, films.ffprobe, file)
    return caught.value.detail


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("sound.mp3", ()),
        ("sound.wav", ()),
        ("sound.flac", ()),
        ("sound.aac", ()),
        ("sound.ac3", ()),
        ("sound.mp2", ()),
        ("sound.ogg", ("-c:a", "libopus")),
        ("sound.m4a", ()),
        ("sound.mka", ("-c:a", "libmp3lame")),
        ("sound.webm", ("-c:a", "libopus")),
        ("sound.wma", ("-c:a", "wmav2")),
    ],
)
async def test_sound_alone(films: Films, tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    films.run("-i", str(films.make()), "-vn", *options, str(tmp_path / name))
    assert await _reason(films, tmp_path / name) == SOUND


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("film.h264", ("-c:v", "copy", "-bsf:v", "h264_mp4toannexb")),
        ("film.hevc", ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")),
        ("film.m2v", ("-c:v", "mpeg2video")),
        ("film.m4v", ("-c:v", "mpeg4", "-f", "m4v")),
    ],
)
async def test_a_raw_stream(films: Films, tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    file = tmp_path / name
    films.run("-i", str(films.make()), "-an", *options, str(file))
    assert (await _reason(films, file)).startswith(RAW)


async def test_a_raw_stream_with_something_before_it(films: Films, tmp_path: Path) -> None:
    films.run("-i", str(films.make()), "-an", str(tmp_path / "film.m2v"))
    (tmp_path / "film").write_bytes(b"\x01\x02\x03" + (tmp_path / "film.m2v").read_bytes())
    assert (await _reason(films, tmp_path / "film")).startswith(RAW)


async def test_a_still_picture_is_no_film_and_one_that_moves_is(films: Films, tmp_path: Path) -> None:
    for name in ("still.gif", "still.jpg", "still.png"):
        codec = ("-c:v", "mjpeg") if name.endswith("jpg") else ()
        if name.endswith("png"):
            (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n" + JUNK)
        else:
            films.run("-i", str(films.make()), "-frames:v", "1", *codec, str(tmp_path / name))
        assert await _reason(films, tmp_path / name) == PICTURE
    (tmp_path / "still.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + JUNK)
    assert await _reason(films, tmp_path / "still.heic") == PICTURE
    films.run("-i", str(films.make()), "-an", "-t", "1", str(tmp_path / "moving.gif"))
    assert (await probe(films.ffmpeg, films.ffprobe, tmp_path / "moving.gif")).width == 320


async def test_an_encrypted_film_is_called_so(films: Films, tmp_path: Path) -> None:
    key = ("-encryption_key", "00112233445566778899aabbccddeeff", "-encryption_kid", "0" * 32)
    film = tmp_path / "film.mp4"
    films.run("-i", str(films.make()), "-c", "copy", "-encryption_scheme", "cenc-aes-ctr", *key, str(film))
    assert (await _reason(films, film)).startswith("The film is encrypted")


@pytest.mark.parametrize("name", ["noise.mp4", "noise.mp3", "noise.h264", "noise"])
async def test_noise_is_not_called_what_its_name_says(films: Films, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(random.Random(4).randbytes(200_000))
    reason = await _reason(films, tmp_path / name)
    assert reason.startswith(
        "The file cannot be read as a film: its format is unknown; it may be damaged or encrypted."
    )


async def test_a_damaged_film_is_called_so(films: Films, tmp_path: Path) -> None:
    (tmp_path / "film.mkv").write_bytes(films.make("film.mkv").read_bytes()[:40] + JUNK)
    reason = await _reason(films, tmp_path / "film.mkv")
    assert reason.startswith("The file cannot be read as a film: it is damaged or incomplete. Please check")


@pytest.mark.parametrize("audio", [True, False])
async def test_video_in_an_unknown_format_is_called_so(films: Films, tmp_path: Path, audio: bool) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(films.make("known.mp4", seconds=1, audio=audio).read_bytes().replace(b"avc1", b"zz9z"))
    reason = await _reason(films, film)
    assert reason == "The video is in a format that cannot be decoded (zz9z)."
