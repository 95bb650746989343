"""The values of encoding: what an original contains, and what is made of it."""

from enum import StrEnum
from fractions import Fraction

from msgspec import Struct

from videoflix.encoding.geometry import Geometry
from videoflix.library.models import CaptionKind


class Rendition(Struct, frozen=True):
    """A rendition of the ladder: the label that clients ask for, its size in pixels, whether its video is copied from
    the original, and the highest rate of its segments in bit/s if that is known before they exist."""

    label: int
    width: int
    height: int
    is_copied: bool = False
    bandwidth: int | None = None

    @property
    def name(self) -> str:
        return f"{self.label}p"


class AudioTrack(Struct, frozen=True, kw_only=True):
    """An audio track of an original: its stream, when it begins on the container's clock for a reader that reads
    it alone, its language and name, and whether it has a single channel.

    `aac_kbits` is its rate if it is AAC-LC in stereo, else 0; `sample_rate` in Hz, `track` its number in an MP4.
    """

    stream: int
    begin: float = 0.0
    language: str | None = None
    name: str | None = None
    is_mono: bool = False
    aac_kbits: int = 0
    sample_rate: int = 0
    track: int | None = None


class CaptionTrack(Struct, frozen=True, kw_only=True):
    """A text caption track of an original; `codec` is ffprobe's name."""

    stream: int
    codec: str = ""
    kind: CaptionKind = CaptionKind.FULL
    language: str | None = None
    name: str | None = None


class H264(Struct, frozen=True, kw_only=True):
    """What a player has to know about the original's H.264: profile, level (41 for 4.1), and pixel format in
    ffprobe's words; whether all of it is progressive, whether it is shown as it is stored (upright, uncut and with
    square pixels), and whether its container says when frames are shown.

    `transfer` is its tagged transfer function, `track` its number in an MP4.
    """

    profile: str
    level: int
    pixel_format: str
    is_progressive: bool
    is_plain: bool
    is_timed: bool
    transfer: str | None = None
    track: int | None = None


class ToneMap(StrEnum):
    """What converts HDR to SDR: the filter of an ffmpeg with zimg, or swscale from version 8 on."""

    ZSCALE = "zscale"
    SCALE = "scale"


class Colour(Struct, frozen=True, kw_only=True):
    """The colour encoding of a film, in ffmpeg's names. `matrix` is None for RGB, `hdr` the transfer of HDR and
    None for SDR, `tone_map` what this ffmpeg has for HDR, `range` None if it is not stated."""

    matrix: str | None = "bt709"
    primaries: str = "bt709"
    hdr: str | None = None
    range: str | None = None
    tone_map: ToneMap | None = None


# The keys of stored JSON stay, because workers of an earlier version may still read and write it.
class Probe(
    Struct, frozen=True, kw_only=True, rename={"audio_tracks": "sounds", "captions": "texts", "is_steady": "pauses"}
):
    """What an original contains. Sizes in pixels as shown (after rotation), times in seconds.

    `codec` is ffprobe's name of the video codec, `x264_build` the version of x264 that encoded it, if any.
    `audio_tracks` are those that are used, the one that is muxed with the video first.

    `frames` are counted at the constant rate that the film will have; None if the time line is not reliable enough to
    encode it in units. Then `length` is how long video and audio last, as far as known, or `max_length` an upper
    bound, and `overhang` the part of it that is audio after the last frame. `is_still` means a single picture, which
    is shown for the whole film.

    `origin` is where the container's clock begins, `first` how long after that the first frame is shown, `hold` how
    much longer that frame is shown than it should be. `is_steady` means that the clock does not jump, however long
    one of the streams has nothing. `notes` are for the people who added the film.

    `h264` describes the video if it is H.264. Of a film whose video is copied, `delay` is how long before it is shown
    it is decoded, in seconds; `in_one_piece` means that such a film cannot be encoded in units, although its `frames`
    are known.
    """

    video: int
    codec: str = ""
    x264_build: int | None = None
    audio_tracks: tuple[AudioTrack, ...] = ()
    captions: tuple[CaptionTrack, ...] = ()
    width: int
    height: int
    frame_rate: Fraction
    duration: float | None
    frames: int | None = None
    length: float | None = None
    max_length: float | None = None
    overhang: float = 0.0
    is_still: bool = False
    interlaced: bool = False
    colour: Colour = Colour()
    origin: float = 0.0
    first: float = 0.0
    hold: float = 0.0
    is_steady: bool = False
    notes: tuple[str, ...] = ()
    h264: H264 | None = None
    delay: float = 0.0
    in_one_piece: bool = False

    @property
    def seconds(self) -> float | None:
        """How long video and audio last; None if that is unknown before everything is decoded."""
        return float(self.frames / self.frame_rate) if self.frames else self.length


class EncodePlan(Struct, frozen=True):
    """What ingest has found out and decided about an encode: its original, its renditions (lowest first), and its
    geometry."""

    probe: Probe
    renditions: tuple[Rendition, ...]
    geometry: Geometry

    @property
    def copied(self) -> Rendition | None:
        """The rendition whose video is copied from the original."""
        top = self.renditions[-1]
        return top if top.is_copied else None

    @property
    def encoded(self) -> tuple[Rendition, ...]:
        return tuple(rendition for rendition in self.renditions if not rendition.is_copied)


class Segment(Struct, frozen=True):
    """A published segment: its number in the film, its duration in seconds, its size in bytes."""

    number: int
    duration: float
    bytes: int
