"""A few packets do not make a film of a day; a picture that stands for long is a film all the same."""

from pathlib import Path

import pytest

from tests.films import Films
from videoflix.encoding import density
from videoflix.encoding.probe import probe
from videoflix.errors import NotAFilm

HOUR = 3600
H264, FLV1 = ("-c:v", "libx264", "-preset", "ultrafast"), ("-c:v", "flv1")
GAP = "setpts=if(gt(N\\,14)\\,PTS+{}/TB\\,PTS)"


def _gapped(films: Films, film: Path, seconds: int, *codec: str) -> Path:
    """Half a second of 60 pictures per second, with a gap in its middle."""
    source = ("-f", "lavfi", "-i", "testsrc2=size=64x36:rate=60:duration=0.5")
    films.run(*source, "-vf", GAP.format(seconds), "-fps_mode", "passthrough", *codec, str(film))
    return film


@pytest.mark.parametrize(("name", "codec"), [("film.mkv", H264), ("film.mp4", H264), ("film.mov", H264)])
async def test_time_stamps_that_promise_far_more_than_there_is_are_refused(
    films: Films, tmp_path: Path, name: str, codec: tuple[str, ...]
) -> None:
    film = _gapped(films, tmp_path / name, 23 * HOUR, *codec)
    with pytest.raises(NotAFilm, match=r"promise 4,968,0\d\d pictures, but it has only 30 packets"):
        await probe(films.ffmpeg, films.ffprobe, film)


async def test_many_small_gaps_are_no_better_than_a_large_one(films: Films, tmp_path: Path) -> None:
    source = ("-f", "lavfi", "-i", "testsrc2=size=64x36:rate=60:duration=1")
    film = tmp_path / "film.flv"
    films.run(*source, "-vf", "setpts=N*55/TB", "-fps_mode", "passthrough", *FLV1, str(film))
    with pytest.raises(NotAFilm, match="60 packets"):
        await probe(films.ffmpeg, films.ffprobe, film)


async def test_a_picture_may_stand_for_half_an_hour(films: Films, tmp_path: Path) -> None:
    film = _gapped(films, tmp_path / "film.mkv", HOUR // 2 - 1, *H264)
    assert (await probe(films.ffmpeg, films.ffprobe, film)).frames == pytest.approx(HOUR // 2 * 60, abs=60)


@pytest.mark.parametrize("name", ["slides.mkv", "slides with sound.mkv", "cover.mkv"])
async def test_slides_and_covers_are_films(
    films: Films, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(density, "MAX_STILL_FRAMES", 10)
    rate, seconds = ("25", 0.04) if name == "cover.mkv" else ("1/20", 60)
    sound = ("-f", "lavfi", "-i", "sine=duration=60") if name != "slides.mkv" else ()
    picture = ("-f", "lavfi", "-i", f"testsrc2=size=64x36:rate={rate}:duration={seconds}")
    films.run(*picture, *sound, *H264, str(tmp_path / name))
    await probe(films.ffmpeg, films.ffprobe, tmp_path / name)
