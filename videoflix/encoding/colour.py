"""The colours of a film, and the filters that convert them to what every player shows: BT.709, limited range."""

import re
from typing import Any

from videoflix.encoding.models import Colour, ToneMap

HDR = ("smpte2084", "arib-std-b67")
# What `colorspace` can read.
MATRICES = ("bt709", "fcc", "bt470bg", "smpte170m", "smpte240m", "ycgco", "bt2020nc")
PRIMARIES = (
    *("bt709", "bt470m", "bt470bg", "smpte170m", "smpte240m"),
    *("film", "smpte428", "smpte431", "smpte432", "bt2020", "ebu3213"),
)
# So close to BT.709 that a player that ignores the difference looks right: the values stay and are tagged.
NEAR_PRIMARIES = ("bt709", "bt470bg", "smpte170m", "smpte240m", "ebu3213")
RGB = re.compile("rgb|bgr|gbr|pal8|mono|bayer|xyz")
# Larger pictures without a tag are HD, hence BT.709 (mpv and VLC use the same limit).
MAX_SD = (1024, 576)
# Linear light, 100 nits for white, a curve that keeps highlights.
ZSCALE = "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv"
# The closest that scale can do.
INTENTS = {"smpte2084": "relative_colorimetric", "arib-std-b67": "perceptual"}
# JPEG has no colour tags: it is BT.601 in full range.
JPEG = (
    "format=yuv420p,colorspace=iall=bt709:irange=tv:all=bt709:space=bt470bg:range=pc:format=yuv420p,format=yuvj420p"
)


def read(stream: dict[str, Any]) -> Colour:
    """The colours that ffprobe reports for a video stream. Without a tag a small picture is BT.601, as on DVD and
    in old cameras; its primaries are assumed to be those of BT.709, as in what software makes."""
    transfer = stream.get("color_transfer", "")
    is_hdr, is_rgb = transfer in HDR, bool(RGB.search(stream.get("pix_fmt", "")))
    sides = sorted((stream["width"], stream["height"]), reverse=True)
    is_sd = all(side <= most for side, most in zip(sides, MAX_SD, strict=True))
    usual = "bt2020nc" if is_hdr else "smpte170m" if is_sd else "bt709"
    return Colour(
        matrix=None if is_rgb else _tag(stream, "color_space", MATRICES) or usual,
        primaries=_tag(stream, "color_primaries", PRIMARIES) or ("bt2020" if is_hdr else "bt709"),
        hdr=transfer if is_hdr else None,
        range=_tag(stream, "color_range", ("tv", "pc")),
    )


def bt709(colour: Colour, size: str) -> list[str]:
    """Filters that scale a picture to `size` (in the syntax of scale) and convert it to tagged BT.709 in 4:2:0."""
    scaled = f"scale={size}"
    if colour.hdr and colour.tone_map:
        filters = [scaled, "setsar=1", _tags(colour), *_tone_mapped(colour.hdr, colour.tone_map), "format=yuv420p"]
        return [*filters, _tags(Colour())]
    if colour.matrix is None:
        scaled += ":out_color_matrix=bt709:out_range=tv"
    elif colour.range:
        scaled += f":in_range={colour.range}:out_range=tv"
    primaries = colour.primaries if colour.primaries in NEAR_PRIMARIES else "bt709"
    filters = [scaled, "setsar=1", "format=yuv420p"]
    matrix = colour.matrix or "bt709"
    if (matrix, colour.primaries) != ("bt709", primaries):
        before = f"iall=bt709:ispace={matrix}:iprimaries={colour.primaries}:irange=tv"
        filters.append(f"colorspace={before}:all=bt709:primaries={primaries}:range=tv:format=yuv420p")
    return [*filters, _tags(Colour(primaries=primaries))]


def _tone_mapped(transfer: str, tone_map: ToneMap) -> list[str]:
    if tone_map is ToneMap.ZSCALE:
        return [ZSCALE]
    target = "out_transfer=bt709:out_primaries=bt709:out_color_matrix=bt709:out_range=tv"
    return [f"scale={target}:intent={INTENTS[transfer]}"]


def _tags(colour: Colour) -> str:
    tags = {
        "color_primaries": colour.primaries,
        "color_trc": colour.hdr or "bt709",
        "colorspace": colour.matrix or "gbr",
        "range": colour.range if colour.hdr else "tv",
    }
    return "setparams=" + ":".join(f"{name}={value}" for name, value in tags.items() if value)


def _tag(stream: dict[str, Any], name: str, known: tuple[str, ...]) -> str | None:
    value = stream.get(name)
    return value if value in known else None
