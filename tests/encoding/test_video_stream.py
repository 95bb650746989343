from pathlib import Path

import pytest

from tests.films import Films
from videoflix.encoding.probe import probe

COVER = ("-f", "lavfi", "-i", "color=red:size=1280x960:rate=1:duration=1")
PREVIEW = ("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=2")
FILM = ("-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=2")
OTHER = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2")
JPEG, H264 = "mjpeg", "libx264"


@pytest.mark.parametrize(
    ("name", "inputs", "codecs", "defaults", "chosen"),
    [
        ("preview first.mkv", (PREVIEW, FILM), (JPEG, H264), (0, 1), 1),
        ("preview first.mov", (PREVIEW, FILM), (JPEG, H264), (1, 1), 1),
        ("preview first.ts", (PREVIEW, FILM), (H264, H264), (0, 0), 1),
        ("cover first.mkv", (COVER, FILM), (JPEG, H264), (0, 0), 1),
        ("default cover.mkv", (COVER, FILM), (JPEG, H264), (1, 0), 1),
        ("cover first.mp4", (COVER, FILM), (JPEG, H264), (1, 1), 1),
        ("cover first.avi", (COVER, FILM), (JPEG, H264), (0, 0), 1),
        ("cover last.mkv", (FILM, COVER), (H264, JPEG), (0, 0), 0),
        ("two covers.mkv", (COVER, FILM, COVER), (JPEG, H264, JPEG), (1, 0, 0), 1),
        ("small default.mkv", (FILM, OTHER), (H264, H264), (0, 1), 1),
        ("no default.mkv", (OTHER, FILM, PREVIEW), (H264, H264, H264), (0, 0, 0), 1),
        ("cover alone.mkv", (COVER,), (JPEG,), (0,), 0),
    ],
)
async def test_the_film_is_the_default_video_stream_that_moves_else_the_largest(
    films: Films,
    tmp_path: Path,
    name: str,
    inputs: tuple[tuple[str, ...], ...],
    codecs: tuple[str, ...],
    defaults: tuple[int, ...],
    chosen: int,
) -> None:
    options: list[str] = []
    for number, (codec, default) in enumerate(zip(codecs, defaults, strict=True)):
        options += [
            "-map",
            f"{number}:v",
            f"-c:v:{number}",
            codec,
            f"-disposition:v:{number}",
            "default" * default or "0",
        ]
    options += ["-preset", "ultrafast", "-pix_fmt", "yuv420p", "-strict", "unofficial"]
    films.run(*(word for one in inputs for word in one), *options, str(tmp_path / name))
    found = await probe(films.ffmpeg, films.ffprobe, tmp_path / name)
    assert found.video == chosen
