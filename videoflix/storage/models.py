"""What the database says should be stored."""

from msgspec import Struct


class Holding(Struct, frozen=True):
    """A video as the inventory knows it; `original_bytes` is None if no original has to be there, 0 if its size was
    never recorded."""

    id: int
    title: str
    original_bytes: int | None


class Version(Struct, frozen=True, kw_only=True):
    """What belongs to a version of a film; of its thumbnail the revision, 0 for none. Nothing of one that
    `is_settled` changes any more, for all we know, but its thumbnail; one that `is_replaced` goes by itself."""

    encode_id: int
    video_id: int
    version: int
    thumbnail: int
    has_storyboard: bool
    labels: tuple[int, ...]
    tracks: tuple[int, ...]
    is_settled: bool
    is_replaced: bool
