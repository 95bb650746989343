from msgspec.structs import replace

from tests.films import Films
from videoflix.encoding import inputs
from videoflix.encoding.capabilities import Capabilities, capabilities_of
from videoflix.encoding.models import ToneMap
from videoflix.encoding.shortcomings import AUDIO, IMAGES, VIDEO, shortcomings

FULL = Capabilities(
    tone_map=ToneMap.ZSCALE,
    decoders=frozenset(names[0] for formats in (VIDEO, AUDIO, IMAGES) for names in formats.values()),
    demuxers=frozenset(inputs.DEMUXERS.split(",")),
)


def test_a_full_build_lacks_nothing() -> None:
    assert shortcomings(FULL) == []


def test_what_is_missing_is_told_with_what_it_means() -> None:
    poor = replace(FULL, decoders=FULL.decoders - {"libdav1d", "vp8", "dca", "png"}, demuxers=FULL.demuxers - {"wtv"})
    video, audio, images, containers = shortcomings(poor)
    assert video == "It cannot decode AV1, VP8: such films are refused."
    assert audio == "It cannot decode DTS: films are made without such audio tracks."
    assert images == "It cannot decode PNG: such images are refused as thumbnails."
    assert containers == "It cannot read these containers: wtv. Such films are refused."
    colours, steps = shortcomings(replace(FULL, tone_map=None, loopback=False))
    assert "HDR" in colours
    assert "5.1" in steps


async def test_formats_that_most_films_have_are_found_in_a_real_program(films: Films) -> None:
    told = " ".join(shortcomings(await capabilities_of(films.ffmpeg)))
    usual = {"H.264", "H.265", "AAC", "AC-3", "MP3", "JPEG", "mov", "matroska"}
    assert usual.isdisjoint(told.replace(",", "").replace(":", "").split())
