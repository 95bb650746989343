"""The values that travel between the rooms: frozen, without behaviour beyond a derived property or two."""

from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from msgspec import Struct


class User(Struct, frozen=True, kw_only=True):
    id: int
    email: str
    password_hash: str
    is_active: bool
    is_staff: bool
    created_at: datetime


class Session(Struct, frozen=True, kw_only=True):
    """A login that has not ended, with what the guard needs to know of its user."""

    id: UUID
    user_id: int
    is_staff: bool
    expires_at: datetime


class Login(Struct, frozen=True, kw_only=True):
    """A session as its owner sees it."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str
    address: str


class MailKind(StrEnum):
    ACTIVATION = "activation"
    RESET = "reset"


class Mail(Struct, frozen=True, kw_only=True):
    """A mail that a worker tries to send; one to nobody only hides that there is no such account."""

    id: int
    kind: MailKind
    user_id: int | None
    attempts: int


class Rate(Struct, frozen=True):
    """How often something may happen in so many seconds; a count of 0 means without limit."""

    count: int
    seconds: int


class Rung(Struct, frozen=True):
    """One step of the ladder: the label that clients ask for, and the size of its picture in pixels."""

    label: int
    width: int
    height: int

    @property
    def name(self) -> str:
        return f"{self.label}p"


class Probe(Struct, frozen=True, kw_only=True):
    """What ffprobe tells of an original. Sizes in pixels as shown (after rotation), duration in seconds,
    None if the container does not tell it.

    `video` and `audio` are the indexes of the streams to take; a film without sound has no audio. `hold` is
    how many seconds the first frame stands longer than it should.
    """

    video: int
    audio: int | None
    width: int
    height: int
    frame_rate: Fraction
    duration: float | None
    interlaced: bool
    hold: float = 0.0


class EncodeState(StrEnum):
    QUEUED = "queued"
    ENCODING = "encoding"
    READY = "ready"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        return self in (EncodeState.READY, EncodeState.FAILED)


class JobKind(StrEnum):
    INGEST = "ingest"
    UNIT = "unit"
    FINISH = "finish"


class Job(Struct, frozen=True, kw_only=True):
    """A piece of work on an encode that exactly one worker has claimed; a unit's frames are counted from 0."""

    id: int
    kind: JobKind
    encode_id: int
    video_id: int
    version: int
    attempts: int
    claim: UUID
    first_frame: int | None
    frames: int | None


class Segment(Struct, frozen=True):
    """A published segment: its number in the film, its length in seconds, its size in bytes."""

    number: int
    duration: float
    bytes: int


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
    """What delivery needs to know of a playable video: the published version and its rungs, lowest first."""

    video_id: int
    version: int
    published_at: datetime
    has_thumbnail: bool
    renditions: tuple[Rendition, ...]


class Progress(Struct, frozen=True, kw_only=True):
    """How far the newest encode of a video is; `done` from 0 to 1, `speed` in seconds of film per second."""

    state: EncodeState
    job: JobKind | None
    rungs: tuple[int, ...]
    done: float
    speed: float | None
    duration: float | None
    error: str | None
