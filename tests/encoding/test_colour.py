"""Films whose colours are written in every way come out with the colours that they had."""

from pathlib import Path

import pytest

from tests.colour_patches import TAGS, distance, patches, pixels
from tests.films import Films
from videoflix.encoding import colour
from videoflix.encoding.capabilities import capabilities_of
from videoflix.encoding.models import ToneMap
from videoflix.encoding.probe import probe
from videoflix.encoding.thumbnail import take_first


def _yuv(matrix: str, pixel_format: str = "yuv420p", *, full: bool = False, tags: str = "") -> str:
    made = f"scale=out_color_matrix={matrix}:out_range={'pc' if full else 'tv'},format={pixel_format}"
    tagged = tags or "color_primaries=unknown:color_trc=unknown:colorspace=unknown"
    return f"{made},setparams={tagged}" + (":range=pc" if full else "")


PALETTE = "split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none"
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "4")
KINDS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "untagged SD": ("film.mp4", "640x480", _yuv("bt601"), H264),
    "untagged PAL": ("film.mkv", "720x576", _yuv("bt601"), ("-c:v", "mpeg2video", "-q:v", "2")),
    "untagged MPEG-4": ("film.avi", "320x180", _yuv("bt601"), ("-c:v", "mpeg4", "-q:v", "1")),
    "untagged upright SD": ("film.webm", "480x640", _yuv("bt601"), ("-c:v", "libvpx", "-b:v", "4M")),
    "untagged HD": ("film.mp4", "1280x720", _yuv("bt709"), H264),
    "HD tagged BT.601": (
        "film.mp4",
        "1280x720",
        _yuv("bt601", tags="color_primaries=smpte170m:color_trc=smpte170m:colorspace=smpte170m"),
        H264,
    ),
    "SD tagged BT.709": ("film.mkv", "320x180", _yuv("bt709", tags="colorspace=bt709"), H264),
    "full range": ("film.mp4", "320x180", _yuv("bt601", full=True), H264),
    "full range 4:4:4": ("film.mkv", "1280x720", _yuv("bt709", "yuv444p", full=True), H264),
    "JPEGs": ("film.mov", "1280x720", _yuv("bt601", "yuvj420p", full=True), ("-c:v", "mjpeg", "-q:v", "1")),
    "10 bits": ("film.mov", "640x480", _yuv("bt601", "yuv422p10le"), ("-c:v", "prores_ks")),
    "RGB": ("film.mov", "1280x720", "format=rgb24", ("-c:v", "qtrle")),
    "RGB with alpha": ("film.mov", "320x180", "format=argb", ("-c:v", "qtrle")),
    "H.264 in RGB": ("film.mkv", "320x180", "format=gbrp", ("-c:v", "libx264rgb", "-crf", "4")),
    "a palette": ("film.gif", "320x180", PALETTE, ("-c:v", "gif")),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
async def test_colours_become_bt709_and_are_tagged(films: Films, tmp_path: Path, kind: str) -> None:
    name, size, made, codec = KINDS[kind]
    film = tmp_path / name
    films.run("-filter_complex", f"{patches(size)},{made}", *codec, str(film))
    found = await probe(films.ffmpeg, films.ffprobe, film)
    converted = tmp_path / "converted.ts"
    filters = ",".join(colour.bt709(found.colour, "160:90"))
    films.run("-i", str(film), "-vf", filters, *H264, str(converted))
    (stream,) = films.probe(str(converted), "-show_streams")["streams"]
    assert {name: stream.get(name) for name in TAGS} | {"color_primaries": "bt709"} == TAGS
    assert distance(pixels(films, converted, "bt709")) <= 8

    await take_first(films.ffmpeg, film, found, tmp_path / "thumbnail.jpg")
    assert distance(pixels(films, tmp_path / "thumbnail.jpg", "bt601")) <= 8


@pytest.mark.parametrize(("transfer", "tolerance"), [("smpte2084", 30), ("arib-std-b67", 60)])
async def test_hdr_becomes_sdr_with_the_colours_of_the_film(
    films: Films, tmp_path: Path, transfer: str, tolerance: int
) -> None:
    if (await capabilities_of(films.ffmpeg)).tone_map is not ToneMap.SCALE:
        pytest.skip("this ffmpeg cannot make HDR with scale")
    film = tmp_path / "hdr.mkv"
    made = (
        f"scale=out_transfer={transfer}:out_primaries=bt2020:out_color_matrix=bt2020:out_range=tv,format=yuv420p10le"
    )
    films.run(
        *("-filter_complex", f"{patches('640x360')},setparams=color_primaries=bt709:color_trc=bt709,{made}"),
        *("-c:v", "prores_ks", str(film)),
    )
    found = await probe(films.ffmpeg, films.ffprobe, film)
    converted = tmp_path / "converted.ts"
    films.run("-i", str(film), "-vf", ",".join(colour.bt709(found.colour, "160:90")), *H264, str(converted))
    (stream,) = films.probe(str(converted), "-show_streams")["streams"]
    assert {name: stream.get(name) for name in TAGS} == TAGS
    assert distance(pixels(films, converted, "bt709")) <= tolerance
    films.run("-i", str(film), "-vf", "scale=160:90,format=yuv420p", *H264, str(converted))
    assert distance(pixels(films, converted, "bt709")) > tolerance
