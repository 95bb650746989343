"""The values of uploads."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from videoflix.library.models import VideoText


class UploadState(StrEnum):
    RECEIVING = "receiving"
    PLACING = "placing"
    DONE = "done"
    REFUSED = "refused"
    GONE = "gone"


class Upload(Struct, frozen=True, kw_only=True):
    """An upload of which `received` of `length` bytes are stored safely; `metadata` is what the client sent.

    Where the storage has objects, `parts` are the names of those that contain it. With `replaces`, the upload
    replaces the film of `video_id`; otherwise that is the video it has become.
    """

    id: UUID
    filename: str
    title: str
    description: str
    category: str
    metadata: str
    length: int
    received: int = 0
    parts: tuple[str, ...] = ()
    state: UploadState = UploadState.RECEIVING
    detail: str | None = None
    replaces: bool
    video_id: int | None
    created_at: datetime
    expires_at: datetime

    @property
    def text(self) -> VideoText:
        """The metadata of the video that it becomes."""
        return VideoText(self.title, self.description, self.category)
