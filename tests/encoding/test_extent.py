from pathlib import Path

import pytest

from tests.films import Films
from videoflix.encoding.probe import probe

H264, AAC = ("-c:v", "libx264", "-preset", "ultrafast"), ("-c:a", "aac")
# It looks ahead for longer than the film lasts, so the packets of the picture follow those of the sound.
LATE_H264 = ("-c:v", "libx264")
SLIDES = ("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=1/20:duration=60")
FAST_SLIDES = ("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=1/5:duration=60")
LONG = ("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10:duration=60")
PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=2")


def _sound(seconds: float) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"sine=sample_rate=48000:duration={seconds}")


@pytest.mark.parametrize(
    ("name", "arguments", "seconds"),
    [
        ("slides.mp4", (*SLIDES, *_sound(60), *H264, *AAC), 60),
        ("slides.mkv", (*SLIDES, *_sound(60), *H264, *AAC), 60),
        ("slides without sound.mp4", (*SLIDES, *H264), 60),
        ("slides without sound.mkv", (*SLIDES, *H264), 60),
        ("slides and less sound.mp4", (*SLIDES, *_sound(30), *H264, *AAC), 60),
        ("slides and more sound.mp4", (*SLIDES, *_sound(75), *H264, *AAC), 75),
        ("late sound.mkv", (*PICTURE, "-itsoffset", "20", *_sound(5), *H264, *AAC), 25),
        ("slides and half a second more sound.mp4", (*SLIDES, *_sound(60.4), *H264, *AAC), 61),
        ("padding.mkv", (*PICTURE, *_sound(2.06), *H264, *AAC), 2),
        ("half a second.mkv", (*PICTURE, *_sound(2.5), *H264, *AAC), 2.52),
    ],
)
async def test_a_film_lasts_as_long_as_its_picture_or_its_sound(
    films: Films, tmp_path: Path, name: str, arguments: tuple[str, ...], seconds: float
) -> None:
    film = tmp_path / name
    films.run(*arguments, str(film))
    found = await probe(films.ffmpeg, films.ffprobe, film)
    assert found.frames == pytest.approx(float(seconds * found.frame_rate), abs=0.6)


@pytest.mark.parametrize("name", ["cover.m4a", "cover.mka"])
async def test_a_cover_stands_for_a_film_of_sound_alone(films: Films, tmp_path: Path, name: str) -> None:
    film, cover = tmp_path / name, tmp_path / "cover.jpg"
    films.run(*PICTURE, "-frames:v", "1", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", str(cover))
    attached = {
        "cover.m4a": ("-i", str(cover), "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v", "attached_pic"),
        "cover.mka": ("-attach", str(cover), "-metadata:s:t", "mimetype=image/jpeg"),
    }
    films.run(*_sound(20), *attached[name], *AAC, str(film))
    found = await probe(films.ffmpeg, films.ffprobe, film)
    assert found.frames == pytest.approx(500, abs=1)
    assert found.is_still


async def test_where_the_clock_jumps_the_length_has_a_limit_all_the_same(films: Films, tmp_path: Path) -> None:
    parts = []
    for offset in ("5000", "0"):
        films.run(
            *PICTURE, *_sound(2), "-c:v", "mpeg2video", "-output_ts_offset", offset, str(tmp_path / f"{offset}.ts")
        )
        parts.append((tmp_path / f"{offset}.ts").read_bytes())
    film = tmp_path / "film.ts"
    film.write_bytes(b"".join(parts))
    found = await probe(films.ffmpeg, films.ffprobe, film)
    assert found.seconds is None
    assert not found.is_steady
    assert 4 <= (found.max_length or 0) < 20


@pytest.mark.parametrize(
    ("name", "arguments", "seconds"),
    [
        ("slides.ts", (*SLIDES, *_sound(60), *H264, *AAC), 60),
        ("slides far behind their sound.ts", (*FAST_SLIDES, *_sound(60), *LATE_H264, *AAC), 60),
        ("sound long after the picture.ts", (*PICTURE, "-itsoffset", "20", *_sound(5), *H264, *AAC), 25),
        (
            "a pause of the sound.ts",
            (*LONG, *_sound(60), *H264, *AAC, "-bsf:a", "noise=drop='between(n,500,1500)'"),
            60,
        ),
        (
            "a pause of the picture.ts",
            (*LONG, *_sound(60), *H264, *AAC, "-bsf:v", "noise=drop='between(n,100,400)'"),
            60,
        ),
    ],
)
async def test_a_stream_that_pauses_is_no_jump_of_the_clock(
    films: Films, tmp_path: Path, name: str, arguments: tuple[str, ...], seconds: float
) -> None:
    film = tmp_path / name
    films.run(*arguments, str(film))
    found = await probe(films.ffmpeg, films.ffprobe, film)
    assert found.is_steady
    assert found.length == pytest.approx(seconds, abs=0.3)
