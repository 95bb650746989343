"""What an ffmpeg lacks, and what that means for films, in plain words."""

from collections.abc import Iterable, Mapping

from videoflix.encoding import inputs
from videoflix.encoding.capabilities import Capabilities

# Formats by the decoders that read them; one of these is enough.
VIDEO = {
    "H.264": ("h264",),
    "H.265": ("hevc",),
    "AV1": ("libdav1d", "libaom-av1"),  # the one named av1 needs hardware
    "VP8": ("vp8", "libvpx"),
    "VP9": ("vp9", "libvpx-vp9"),
    "MPEG-2": ("mpeg2video",),
    "MPEG-4": ("mpeg4",),
    "VC-1": ("vc1",),
    "ProRes": ("prores",),
}
AUDIO = {
    "AAC": ("aac",),
    "AC-3": ("ac3",),
    "E-AC-3": ("eac3",),
    "DTS": ("dca",),
    "TrueHD": ("truehd",),
    "MP3": ("mp3", "mp3float"),
    "Opus": ("opus", "libopus"),
    "Vorbis": ("vorbis", "libvorbis"),
    "FLAC": ("flac",),
}
IMAGES = {"JPEG": ("mjpeg",), "PNG": ("png",), "WebP": ("webp",)}


def shortcomings(able: Capabilities) -> list[str]:
    """A line for each kind of thing that it lacks."""
    lines = []
    if video := _missing(VIDEO, able):
        lines.append(f"It cannot decode {video}: such films are refused.")
    if audio := _missing(AUDIO, able):
        lines.append(f"It cannot decode {audio}: films are made without such audio tracks.")
    if images := _missing(IMAGES, able):
        lines.append(f"It cannot decode {images}: such images are refused as thumbnails.")
    if containers := ", ".join(name for name in inputs.DEMUXERS.split(",") if name not in able.demuxers):
        lines.append(f"It cannot read these containers: {containers}. Such films are refused.")
    if able.tone_map is None:
        lines.append("It cannot convert HDR (zscale, or scale of ffmpeg 8): the colours of such films look pale.")
    if not able.loopback:
        lines.append(
            "It cannot decode what it encodes (ffmpeg 7): "
            "where a broadcast changes between stereo and 5.1, its audio may be out of step."
        )
    return lines


def _missing(formats: Mapping[str, Iterable[str]], able: Capabilities) -> str:
    return ", ".join(name for name, decoders in formats.items() if able.decoders.isdisjoint(decoders))
