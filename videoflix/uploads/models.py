"""The values of uploads."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct


class UploadState(StrEnum):
    RECEIVING = "receiving"
    PLACING = "placing"
    DONE = "done"
    REFUSED = "refused"
    GONE = "gone"


class Upload(Struct, frozen=True, kw_only=True):
    """A film on its way in, `received` of its `length` bytes safely here; `metadata` as the client has sent it.

    `replaces`: it takes the place of the film of `video_id`, else that is the video that it has become.
    """

    id: UUID
    filename: str
    title: str
    description: str
    category: str
    metadata: str
    length: int
    received: int = 0
    state: UploadState = UploadState.RECEIVING
    detail: str | None = None
    replaces: bool
    video_id: int | None
    created_at: datetime
    expires_at: datetime
