from fractions import Fraction
from pathlib import Path

import pytest

from tests.films import Films
from videoflix.errors import EncodeFailed
from videoflix.ffmpeg.probe import probe
from videoflix.ffmpeg.thumbnail import make_thumbnail, score
from videoflix.models import Probe

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
    found = await probe(films.ffmpeg, films.ffprobe, film)
    picture = folder / "thumbnail.jpg"
    duration = float(found.frames / found.frame_rate) if found.frames else found.duration
    await make_thumbnail(films.ffmpeg, film, found, duration or 0.0, picture)
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
    assert (stream["codec_name"], stream["width"], stream["height"]) == ("mjpeg", 640, 360)


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
    assert (stream["width"], stream["height"]) == (640, 360)


async def test_what_has_no_picture_says_so(films: Films, tmp_path: Path) -> None:
    film = films.make()
    sound = Probe(video=1, width=2, height=2, frame_rate=Fraction(25), duration=3.0)
    with pytest.raises(EncodeFailed):
        await make_thumbnail(films.ffmpeg, film, sound, 3.0, tmp_path / "thumbnail.jpg")
