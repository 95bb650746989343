from fractions import Fraction
from pathlib import Path

from msgspec.structs import replace

from tests.films import Films
from videoflix.encoding import damage
from videoflix.encoding.models import Probe
from videoflix.encoding.probe import probe
from videoflix.encoding.thumbnail import take_frame


def test_only_what_the_decoder_of_the_picture_says_of_its_pictures_counts() -> None:
    stderr = "\n".join(
        (
            "[h264 @ 0x7f] error while decoding MB 8 10, bytestream 195",
            "[h264 @ 0x7f] mmco: unref short failure",
            "[dec:aac @ 0x7f] Error submitting packet to decoder",
            "[out#0/hls @ 0x7f] something else",
        )
    )
    assert damage.decoder_error(stderr, "h264") == "error while decoding MB 8 10, bytestream 195"
    assert damage.decoder_error(stderr, "hevc") is None
    assert damage.decoder_error("[h264 @ 0x7f] mmco: unref short failure", "h264") is None
    submitted = "[vist#0:0/vp9 @ 0x7f] [dec:vp9 @ 0x7f] Error submitting packet to decoder: Invalid data found"
    assert damage.decoder_error(submitted, "vp9") == "Error submitting packet to decoder: Invalid data found"
    assert damage.decoder_error("Error while decoding stream #0:0: Invalid data", "mpeg4") is not None


def test_neighbouring_stretches_are_told_as_one() -> None:
    rate = Fraction(25)
    assert damage.notes([], rate) == ()
    assert damage.notes([(0, None)], rate) == (
        "The decoder reported errors: the picture may be damaged in places.",
    )  # fmt: skip
    assert damage.notes([(150, 300), (450, 450), (90_000, 250)], rate) == (
        "The decoder reported errors from 0:06 to 0:36, from 1:00:00 to 1:00:10: the picture may be damaged there.",
    )
    many = [(number * 100, 50) for number in range(9)]
    assert damage.notes(many, rate)[0].count("from") == damage.MAX_PLACES


async def test_a_decoder_that_begins_in_mid_film_knows_the_x264_of_its_beginning(
    films: Films, tmp_path: Path
) -> None:
    """Up to build 150 x264 made a mistake in 4:4:4: a film that says that it is of that time is decoded as such."""
    film, sought = tmp_path / "film.mp4", tmp_path / "sought.jpg"
    films.run(
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4,noise=alls=20,format=yuv444p"),
        *("-c:v", "libx264", "-preset", "medium", "-g", "25", str(film)),
    )
    content = film.read_bytes()
    at = content.index(b"x264 - core ") + len(b"x264 - core ")
    film.write_bytes(content[:at] + b"142" + content[at + 3 :])
    found = await probe(films.ffmpeg, films.ffprobe, film)
    assert found.x264_build == 142
    view = ("scale=40:22:flags=area:out_range=pc,format=gray", "-frames:v", "1", "-f", "rawvideo", "pipe:1")
    whole = films.run("-i", str(film), "-vf", f"select=gte(n\\,90),{view[0]}", *view[1:])

    async def difference(known: Probe) -> float:
        await take_frame(films.ffmpeg, films.ffprobe, film, known, 3.6, sought)
        seen = films.run("-i", str(sought), "-vf", *view)
        return sum(abs(one - other) for one, other in zip(whole, seen, strict=True)) / len(seen)

    assert await difference(found) < 5
    assert await difference(replace(found, x264_build=None)) > 5
