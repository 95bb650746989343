"""The values of streaming: a playable film and its renditions."""

from datetime import datetime
from fractions import Fraction

from msgspec import Struct

from videoflix.library.models import Track


class Rendition(Struct, frozen=True, kw_only=True):
    """A rung as it was encoded, with what a master playlist says of it. Rates in bit/s."""

    label: int
    width: int
    height: int
    frame_rate: Fraction
    codecs: str
    bandwidth: int
    average_bandwidth: int


class Film(Struct, frozen=True, kw_only=True):
    """What delivery needs to know of a playable video: the version that is served and its rungs, lowest first.

    One that is not complete grows: `segments` is how many there are by now, without a gap. `sounds` begins with
    the one that goes with the picture; further ones are there when the film is complete, and they are. `thumbnail` is
    the revision that lies there, 0 if none does, and `picture` names it in addresses.
    """

    video_id: int
    version: int
    published_at: datetime
    is_complete: bool
    segments: int
    thumbnail: int
    picture: str
    has_storyboard: bool
    duration: float
    renditions: tuple[Rendition, ...]
    sounds: tuple[Track, ...]
    captions: tuple[Track, ...]

    @property
    def labels(self) -> tuple[int, ...]:
        return tuple([one.label for one in self.renditions])
