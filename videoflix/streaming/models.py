"""The values of streaming: a playable film and its variants."""

from datetime import datetime
from fractions import Fraction

from msgspec import Struct

from videoflix.encoding.geometry import Geometry
from videoflix.library.models import Track


class Variant(Struct, frozen=True, kw_only=True):
    """A rendition as it was encoded, with its attributes for the multivariant playlist. Bandwidths in bit/s."""

    label: int
    width: int
    height: int
    frame_rate: Fraction
    codecs: str
    bandwidth: int
    average_bandwidth: int


class Film(Struct, frozen=True, kw_only=True):
    """The current version of a playable video, with its variants, lowest first. `duration` is in seconds.

    While it is being encoded, `segments` counts those that are ready without a gap. The first of `audio_tracks` is
    muxed into the video segments; the others are added once the film and they are complete. `thumbnail` is the
    revision of the stored thumbnail, 0 if there is none, `thumbnail_width` its largest width in pixels, 0 if it has
    one size only, and `thumbnail_version` is its `?v=` in addresses.
    """

    video_id: int
    version: int
    published_at: datetime
    is_complete: bool
    segments: int
    thumbnail: int
    thumbnail_width: int
    thumbnail_version: str
    has_storyboard: bool
    duration: float
    geometry: Geometry
    variants: tuple[Variant, ...]
    audio_tracks: tuple[Track, ...]
    captions: tuple[Track, ...]

    @property
    def labels(self) -> tuple[int, ...]:
        return tuple([one.label for one in self.variants])
