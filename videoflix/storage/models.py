"""What the database says is stored."""

from msgspec import Struct


class StoredVideo(Struct, frozen=True):
    """A video and the size of its original. `original_bytes` is None if the original was removed, and 0 if its size
    was never recorded."""

    id: int
    title: str
    original_bytes: int | None


class Version(Struct, frozen=True, kw_only=True):
    """A version of a film and what belongs to it. `thumbnail` is the revision of its thumbnail, 0 if none,
    and `thumbnail_width` the width of its largest file in pixels.

    If `is_settled`, no job is left that changes its segments. If `is_replaced`, a newer version is ready, and this
    one is removed automatically.
    """

    encode_id: int
    video_id: int
    version: int
    thumbnail: int
    thumbnail_width: int
    has_storyboard: bool
    labels: tuple[int, ...]
    tracks: tuple[int, ...]
    is_settled: bool
    is_replaced: bool
