import re
from pathlib import Path

import pytest

from tests.films import Films
from videoflix.encoding.probe import probe
from videoflix.errors import NotAFilm

FAST = ("-movflags", "+faststart")
CONTAINERS: dict[str, tuple[str, ...]] = {
    "film.mp4": FAST,
    "film.mov": FAST,
    "film.mkv": (),
    "film.webm": (),
    "film.avi": (),
    "film.flv": ("-c:v", "flv1", "-c:a", "libmp3lame"),
    "film.asf": ("-c:v", "wmv2", "-c:a", "wmav2"),
}


def _film(films: Films, folder: Path, name: str, *options: str, seconds: int = 60) -> Path:
    """Small, and of pictures that are all of about the same size."""
    codecs = {".webm": ("-c:v", "libvpx", "-c:a", "libopus")}.get(Path(name).suffix, ("-c:v", "mpeg4", "-c:a", "aac"))
    films.run(
        *("-f", "lavfi", "-i", f"nullsrc=size=64x36:rate=10:duration={seconds},geq=random(1)*255:128:128"),
        *("-f", "lavfi", "-i", f"sine=duration={seconds}", *codecs, "-q:v", "9", "-g", "10", *options),
        str(folder / name),
    )
    return folder / name


def _cut(film: Path, part: float) -> Path:
    content = film.read_bytes()
    film.write_bytes(content[: int(len(content) * part)])
    return film


@pytest.mark.parametrize("name", CONTAINERS)
async def test_a_film_whose_end_is_missing_says_so(films: Films, tmp_path: Path, name: str) -> None:
    film = _film(films, tmp_path, name, *CONTAINERS[name])
    assert (await probe(films.ffmpeg, films.ffprobe, film)).notes == ()
    (note,) = (await probe(films.ffmpeg, films.ffprobe, _cut(film, 0.4))).notes
    told = re.fullmatch(r"The file is incomplete: (\d+) of (\d+) seconds are there\.", note)
    assert told
    assert int(told[1]) in range(12, 36)
    assert int(told[2]) in (60, 61)


async def test_a_file_in_which_nearly_nothing_of_the_film_is_left_is_refused(films: Films, tmp_path: Path) -> None:
    film = _film(films, tmp_path, "film.avi", seconds=200)
    with pytest.raises(NotAFilm, match=r"incomplete: only \d\.\d of 200 seconds are there"):
        await probe(films.ffmpeg, films.ffprobe, _cut(film, 0.02))


async def test_a_film_that_is_all_there_says_nothing(films: Films, tmp_path: Path) -> None:
    """However its clock begins, whatever an editor has hidden of it, and however long its pictures are shown."""
    film = _film(films, tmp_path, "film.mp4")
    late, trimmed = tmp_path / "late.mkv", tmp_path / "trimmed.mp4"
    films.run("-i", str(film), "-c", "copy", "-output_ts_offset", "5000", str(late))
    films.run("-ss", "20.5", "-i", str(film), "-t", "9", "-c", "copy", str(trimmed))
    slides = tmp_path / "slides.avi"
    films.run("-f", "lavfi", "-i", "testsrc2=size=64x36:rate=1/12:duration=48", "-c:v", "mjpeg", str(slides))
    for whole in (late, trimmed, slides):
        assert (await probe(films.ffmpeg, films.ffprobe, whole)).notes == (), whole.name
