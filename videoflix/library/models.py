"""The values of the library: videos, their tracks, and how far an encode is."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from videoflix.queue.models import JobKind


class CaptionKind(StrEnum):
    """Full captions, those for foreign speech and signs alone, or those for people who do not hear the sound."""

    FULL = "full"
    FORCED = "forced"
    SDH = "sdh"


class EncodeState(StrEnum):
    QUEUED = "queued"
    ENCODING = "encoding"
    READY = "ready"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        return self in (EncodeState.READY, EncodeState.FAILED)


class Captions(Struct, frozen=True, kw_only=True):
    """Captions in WebVTT; `language` is `und` if nobody knows it."""

    language: str
    kind: CaptionKind = CaptionKind.FULL
    name: str
    text: str


class Track(Struct, frozen=True, kw_only=True):
    """A sound track or subtitles, as viewers choose them. A sound track is in so many pieces; it goes by its place
    in the original, subtitles by the number of their row."""

    number: int
    language: str | None
    kind: CaptionKind = CaptionKind.FULL
    name: str
    segments: int = 0
    changed_at: datetime | None = None


class Progress(Struct, frozen=True, kw_only=True):
    """How far the newest encode of a video is.

    `done` goes from 0 to 1, `speed` is in seconds of film per second, `left` in seconds; `working` names what is
    being done now, `units` are those in work and `units_done` of `units_total` are behind us. `error` is why the
    film failed, or what a job that waits is waiting for; `notes` tell what is wrong with a film all the same.
    `is_playable` also holds while an older version is served.
    """

    state: EncodeState
    is_playable: bool
    rungs: tuple[int, ...]
    working: tuple[JobKind, ...]
    units: tuple[int, ...]
    units_done: int
    units_total: int
    done: float
    speed: float | None
    left: float | None
    duration: float | None
    error: str | None
    notes: tuple[str, ...] = ()


class Exported(Struct, frozen=True, kw_only=True):
    """A video as a line of the table that is taken along, in the order of its columns; sizes in bytes, times
    in seconds. `video_file` is the path of its master playlist, null if it cannot be played."""

    id: int
    created_at: datetime
    title: str
    description: str
    category: str
    thumbnail_url: str
    video_file: str | None
    status: EncodeState
    duration: float | None
    resolutions: tuple[str, ...]
    bytes: int
    original_bytes: int | None
    captions: tuple[str, ...]


class VideoText(Struct, frozen=True):
    """What people say of a video, neutralised."""

    title: str
    description: str
    category: str


class ThumbnailSource(StrEnum):
    """Where the picture of a film is taken from: the best of the candidates, one that an admin has chosen, the film
    at some time, or a file that was uploaded."""

    BEST = "best"
    CANDIDATE = "candidate"
    FRAME = "frame"
    UPLOAD = "upload"


class ThumbnailChoice(Struct, frozen=True):
    """Which picture a film is to have. `selector` is the number of a candidate, or a time in seconds; every choice is
    another revision."""

    revision: int
    source: ThumbnailSource
    selector: float | None
