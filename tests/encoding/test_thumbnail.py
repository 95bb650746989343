import re
import struct
import zlib
from base64 import b64decode
from fractions import Fraction
from pathlib import Path

import pytest

from tests.films import Films
from videoflix.encoding.models import Probe
from videoflix.encoding.probe import probe
from videoflix.encoding.thumbnail import (
    convert,
    dominant_colour,
    scale,
    score,
    take_candidates,
    take_first,
    take_frame,
)
from videoflix.errors import EncodeFailed, NotAnImage

# One pixel.
WEBP = "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"
PICTURE = "testsrc2=size=1280x720"
WORSE = {
    "black": "color=black:size=1280x720",
    "white": "color=white:size=1280x720",
    "a single colour": "color=teal:size=1280x720",
    "blurred": f"{PICTURE},gblur=sigma=24",
    "nearly dark": f"{PICTURE},lutyuv=y=16+(val-16)/8",
    "a title on black": "color=black:size=1280x720,drawbox=x=400:y=300:w=480:h=90:c=white:t=fill",
    "a title on white": "color=white:size=1280x720,drawbox=x=400:y=300:w=480:h=90:c=black:t=fill",
    "noise": "nullsrc=size=320x180,geq=random(1)*255:128:128",
}


def _gray(films: Films, source: str) -> bytes:
    picture = ("-frames:v", "1", "-vf", "scale=160:90,format=gray", "-f", "rawvideo", "pipe:1")
    return films.run("-f", "lavfi", "-i", source, *picture)


def _brightness(films: Films, picture: Path) -> float:
    gray = films.run("-i", str(picture), "-vf", "scale=8:8,format=gray", "-f", "rawvideo", "pipe:1")
    return sum(gray) / len(gray)


async def _thumbnail(films: Films, film: Path, folder: Path) -> Path:
    """As the job makes it: the best of the candidates, or the first frame."""
    found = await probe(films.ffmpeg, films.ffprobe, film)
    duration = float(found.frames / found.frame_rate) if found.frames else found.duration
    best = await take_candidates(films.ffmpeg, film, found, duration or 0.0, folder)
    picture = folder / ("first.jpg" if best is None else f"{best}.jpg")
    if best is None:
        await take_first(films.ffmpeg, film, found, picture)
    return picture


@pytest.mark.parametrize("what", WORSE)
def test_a_picture_that_shows_something_is_better_than(films: Films, what: str) -> None:
    assert score(_gray(films, PICTURE), 160) > 1.5 * score(_gray(films, WORSE[what]), 160)


@pytest.mark.parametrize("what", ["a single colour", "a title on black", "a title on white"])
def test_even_a_blurred_picture_is_better_than(films: Films, what: str) -> None:
    assert score(_gray(films, WORSE["blurred"]), 160) > 1.5 * score(_gray(films, WORSE[what]), 160)


def test_of_dark_pictures_the_one_that_shows_something_is_better(films: Films) -> None:
    assert score(_gray(films, WORSE["nearly dark"]), 160) > score(_gray(films, WORSE["black"]), 160)


async def test_the_picture_is_not_black_although_most_of_the_film_is(films: Films, tmp_path: Path) -> None:
    film = tmp_path / "night.mp4"
    source = "color=black:size=320x180:rate=25:duration=9[a];testsrc2=size=320x180:rate=25:duration=3[b];[a][b]concat"
    films.run("-filter_complex", source, "-c:v", "libx264", "-preset", "ultrafast", str(film))
    assert _brightness(films, await _thumbnail(films, film, tmp_path)) > 60


async def test_neither_titles_nor_credits_are_taken(films: Films, tmp_path: Path) -> None:
    """Both would win by far: the film between them is a plain gray, a little darker in the middle."""
    film = tmp_path / "titles.mp4"
    loud, plain = "testsrc2=size=320x180:rate=25:duration=2", "color=0x606060:size=320x180:rate=25:duration=26"
    films.run(
        *("-filter_complex", f"{loud}[a];{plain}[b];{loud}[c];[a][b][c]concat=n=3"),
        *("-c:v", "libx264", "-preset", "ultrafast", str(film)),
    )
    gray = films.run(
        *("-i", str(await _thumbnail(films, film, tmp_path))),
        *("-vf", "scale=160:90,format=gray", "-f", "rawvideo", "pipe:1"),
    )
    assert max(gray) - min(gray) < 8


@pytest.mark.parametrize("seconds", [0.04, 0.08, 1])
async def test_the_shortest_films_get_their_picture(films: Films, tmp_path: Path, seconds: float) -> None:
    picture = await _thumbnail(films, films.make(seconds=seconds, audio=False), tmp_path)
    stream = films.probe(str(picture), "-show_streams")["streams"][0]
    assert (stream["codec_name"], stream["width"], stream["height"]) == ("mjpeg", 320, 180)


@pytest.mark.parametrize("name", ["film.mp4", "late.mkv", "late.ts"])
async def test_a_clock_that_begins_late_leads_to_the_same_picture(films: Films, tmp_path: Path, name: str) -> None:
    """The film is black but for the stretch around one of the five places."""
    film = films.make(
        seconds=20, audio=False, options=("-vf", "drawbox=c=black:t=fill:enable='not(between(t,8,11))'", "-g", "12")
    )
    late = tmp_path / name
    films.run("-i", str(film), "-c", "copy", "-output_ts_offset", "0" if name == "film.mp4" else "5000", str(late))
    assert _brightness(films, await _thumbnail(films, late, tmp_path)) > 60


async def test_pixels_become_square(films: Films, tmp_path: Path) -> None:
    film = films.make("wide.mp4", size="320x240", options=("-vf", "setsar=4/3"))
    stream = films.probe(str(await _thumbnail(films, film, tmp_path)), "-show_streams")["streams"][0]
    assert (stream["width"], stream["height"]) == (426, 240)


async def test_what_has_no_picture_says_so(films: Films, tmp_path: Path) -> None:
    film = films.make()
    sound = Probe(video=1, width=2, height=2, frame_rate=Fraction(25), duration=3.0)
    assert await take_candidates(films.ffmpeg, film, sound, 3.0, tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(EncodeFailed):
        await take_first(films.ffmpeg, film, sound, tmp_path / "thumbnail.jpg")


async def test_all_candidates_are_kept_to_choose_from(films: Films, tmp_path: Path) -> None:
    film = films.make(seconds=10, audio=False)
    found = await probe(films.ffmpeg, films.ffprobe, film)
    assert await take_candidates(films.ffmpeg, film, found, 10.0, tmp_path) in range(5)
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"{number}.jpg" for number in range(5)]


@pytest.mark.parametrize("name", ["film.mp4", "late.ts"])
@pytest.mark.parametrize(("at", "shown"), [(0.0, 0), (0.5, 12), (1.0, 25), (1.99, 49), (2.98, 74)])
async def test_a_frame_is_the_one_that_is_shown_at_its_time(
    films: Films, tmp_path: Path, name: str, at: float, shown: int
) -> None:
    """Each frame of this film is brighter than the one before; there are key frames at its beginning alone."""
    film = films.make(
        seconds=3, picture="color", audio=False, options=("-vf", "geq=lum=20+2.8*N:cb=128:cr=128", "-g", "250")
    )
    source = tmp_path / name
    films.run("-i", str(film), "-c", "copy", "-output_ts_offset", "0" if name == "film.mp4" else "5000", str(source))
    found = await probe(films.ffmpeg, films.ffprobe, source)
    await take_frame(films.ffmpeg, films.ffprobe, source, found, at, tmp_path / "frame.jpg")
    gray = films.run("-i", str(tmp_path / "frame.jpg"), "-vf", "format=gray", "-f", "rawvideo", "pipe:1")
    assert round((sum(gray) / len(gray) * 219 / 255 + 16 - 20) / 2.8) == shown


@pytest.mark.parametrize(
    ("size", "widths"),
    [
        ("1280x720", {"thumbnail.320.jpg": 320, "thumbnail.jpg": 640, "thumbnail.1280.jpg": 1280}),
        ("700x300", {"thumbnail.320.jpg": 320, "thumbnail.jpg": 640, "thumbnail.1280.jpg": 700}),
        ("640x1280", {"thumbnail.320.jpg": 320, "thumbnail.jpg": 640}),
        ("321x2", {"thumbnail.320.jpg": 320, "thumbnail.jpg": 321}),
        ("320x180", {"thumbnail.jpg": 320}),
        ("1x1", {"thumbnail.jpg": 1}),
    ],
)
async def test_a_thumbnail_has_all_widths_up_to_its_own(
    films: Films, tmp_path: Path, size: str, widths: dict[str, int]
) -> None:
    picture, folder = tmp_path / "picture.jpg", tmp_path / "made"
    folder.mkdir()
    source = ("-f", "lavfi", "-i", "color=0x2040c0:size=16x16", "-vf", f"scale={size.replace('x', ':')}")
    picture.write_bytes(films.run(*source, "-frames:v", "1", "-f", "mjpeg", "pipe:1"))
    widest, colour = await scale(films.ffmpeg, films.ffprobe, picture, folder, 1)
    assert widest == max(widths.values())
    streams = {file.name: films.probe(str(file), "-show_streams")["streams"][0] for file in folder.iterdir()}
    assert {name: stream["width"] for name, stream in streams.items()} == widths
    wide, high = (int(side) for side in size.split("x"))
    for stream in streams.values():
        assert stream["height"] == pytest.approx(stream["width"] * high / wide, abs=1)
    tones = bytes.fromhex(colour.removeprefix("#"))
    assert list(tones) == pytest.approx([0x20, 0x40, 0xC0], abs=4)


def test_the_dominant_colour_is_the_mean_of_the_most_common_ones() -> None:
    red, dark_red, white = b"\xf0\x10\x10", b"\xe0\x00\x00", b"\xff\xff\xff"
    assert dominant_colour(4 * white + 3 * red + 3 * dark_red) == "#e80808"
    assert dominant_colour(white) == "#ffffff"


def _png(width: int, height: int) -> bytes:
    """A gray picture; not every ffmpeg can write one."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _jpeg(films: Films, size: str) -> bytes:
    return films.run("-f", "lavfi", "-i", f"testsrc2=size={size}", "-frames:v", "1", "-f", "mjpeg", "pipe:1")


async def _size_of_converted(films: Films, folder: Path, content: bytes) -> tuple[str, int, int]:
    (folder / "picture").write_bytes(content)
    await convert(films.ffmpeg, folder / "picture", folder / "made.jpg")
    stream = films.probe(str(folder / "made.jpg"), "-show_streams")["streams"][0]
    return stream["codec_name"], stream["width"], stream["height"]


@pytest.mark.parametrize(
    ("size", "made"),
    [("2560x1440", (1280, 720)), ("202x102", (202, 102)), ("100x900", (100, 900)), ("100x4000", (64, 2560))],
)
async def test_an_uploaded_picture_is_reduced_but_never_enlarged(
    films: Films, tmp_path: Path, size: str, made: tuple[int, int]
) -> None:
    assert await _size_of_converted(films, tmp_path, _jpeg(films, size)) == ("mjpeg", *made)


async def test_webp_is_a_picture(films: Films, tmp_path: Path) -> None:
    assert await _size_of_converted(films, tmp_path, b64decode(WEBP)) == ("mjpeg", 1, 1)


async def test_png_is_a_picture_where_ffmpeg_can_read_it_and_else_that_is_said(films: Films, tmp_path: Path) -> None:
    if re.search(rb" png ", films.run("-decoders")):
        assert await _size_of_converted(films, tmp_path, _png(320, 180)) == ("mjpeg", 320, 180)
    else:
        with pytest.raises(NotAnImage, match="This ffmpeg cannot read pictures of this kind"):
            await _size_of_converted(films, tmp_path, _png(320, 180))


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xd8\xff\xe0 half", b"\x89PNG\r\n\x1a\n" + bytes(100), b"#EXTM3U\n#EXTINF:1,\nfile:/etc/passwd\n"],
)
async def test_what_is_no_picture_is_refused_with_the_reason(films: Films, tmp_path: Path, content: bytes) -> None:
    uploaded = tmp_path / "picture"
    uploaded.write_bytes(content)
    with pytest.raises(NotAnImage) as refusal:
        await convert(films.ffmpeg, uploaded, tmp_path / "made.jpg")
    assert str(tmp_path) not in refusal.value.detail


async def test_a_film_is_no_picture(films: Films, tmp_path: Path) -> None:
    with pytest.raises(NotAnImage):
        await convert(films.ffmpeg, films.make(), tmp_path / "made.jpg")
