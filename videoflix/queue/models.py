"""The values of the job queue."""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct

# How many attempts a job gets.
MAX_TRIES = 3


class JobKind(StrEnum):
    INGEST = "ingest"
    AUDIO = "audio"
    UNIT = "unit"
    THUMBNAIL = "thumbnail"
    CAPTIONS = "captions"
    STORYBOARD = "storyboard"


class Job(Struct, frozen=True, kw_only=True):
    """A job of an encode, claimed by one worker. Frames and segments of a unit are counted from 0.

    `others_wait` says whether more units are queued.
    """

    id: int
    kind: JobKind
    encode_id: int
    video_id: int
    version: int
    attempts: int
    claim: UUID
    number: int
    first_frame: int | None
    frames: int | None
    first_segment: int | None
    segments: int | None
    others_wait: bool

    @property
    def is_essential(self) -> bool:
        """Whether the encode fails if this job fails."""
        return self.kind in (JobKind.INGEST, JobKind.UNIT) or (self.kind is JobKind.AUDIO and self.number == 0)

    @property
    def is_last_try(self) -> bool:
        return self.attempts >= MAX_TRIES
