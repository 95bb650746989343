from pathlib import Path

from tests.films import Films
from videoflix.ffmpeg.thumbnail import make_thumbnail


def _brightness(films: Films, picture: Path) -> float:
    gray = films.run("-i", str(picture), "-vf", "scale=8:8,format=gray", "-f", "rawvideo", "pipe:1")
    return sum(gray) / len(gray)


async def test_the_picture_is_not_black_although_most_of_the_film_is(films: Films, tmp_path: Path) -> None:
    film = tmp_path / "night.mp4"
    source = "color=black:size=320x180:rate=25:duration=9[a];testsrc2=size=320x180:rate=25:duration=3[b];[a][b]concat"
    films.run("-filter_complex", source, "-c:v", "libx264", "-preset", "ultrafast", str(film))
    picture = tmp_path / "thumbnail.jpg"
    await make_thumbnail(films.ffmpeg, film, 0, 15.0, picture)  # 65 % of 15 s lies in the coloured part
    assert _brightness(films, picture) > 60


async def test_a_film_of_one_frame_gets_its_picture(films: Films, tmp_path: Path) -> None:
    film = films.make(seconds=0.04, audio=False)
    picture = tmp_path / "thumbnail.jpg"
    await make_thumbnail(films.ffmpeg, film, 0, 0.04, picture)
    stream = films.probe(str(picture), "-show_streams")["streams"][0]
    assert (stream["codec_name"], stream["width"], stream["height"]) == ("mjpeg", 640, 360)
