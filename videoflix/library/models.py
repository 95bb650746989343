"""The values of the library: videos, their tracks, and how far an encode is."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from videoflix.queue.models import JobKind


class CaptionKind(StrEnum):
    """Full captions, captions for foreign speech and signs only, or captions for the deaf and hard of hearing."""

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
    """Captions in WebVTT; `language` is `und` if it is unknown."""

    language: str
    kind: CaptionKind = CaptionKind.FULL
    name: str
    text: str


class Track(Struct, frozen=True, kw_only=True):
    """An audio track or captions that viewers can choose. An audio track has so many segments and is identified by
    its position in the original, captions by the id of their row."""

    number: int
    language: str | None
    kind: CaptionKind = CaptionKind.FULL
    name: str
    segments: int = 0
    changed_at: datetime | None = None


class Progress(Struct, frozen=True, kw_only=True):
    """How far the newest encode of a video is.

    `done` goes from 0 to 1, `speed` is in seconds of film per second, `left` in seconds. `working` names the kinds of
    jobs that run, `units` the units that run; `units_done` of `units_total` are finished. `error` is why the film
    failed or what a waiting job waits for; `notes` are problems of a film that can be watched nevertheless, and why
    its video is not copied. `is_playable` is also true while an older version is served.
    """

    state: EncodeState
    is_playable: bool
    renditions: tuple[int, ...]
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
    """A video as a row of the exported table, in the order of its columns; sizes in bytes, times in seconds.
    `video_file` is the path of its master playlist, null if it cannot be played. The last four say who may see it
    (`Audience`)."""

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
    group_ids: tuple[int, ...] | None = None
    min_age: int = 0
    is_draft: bool = False
    visible_from: datetime | None = None


class Origin(Struct, frozen=True):
    """What a video keeps of another backend: its id, which is free here, and since when it exists."""

    video_id: int | None = None
    created_at: datetime | None = None


NEW = Origin()


class Metadata(Struct, frozen=True):
    """What people say about a film, as plain text; None is what they do not say."""

    title: str | None = None
    description: str | None = None
    category: str | None = None


class Audience(Struct, frozen=True):
    """Who may see a video or a series: the members of any of these groups, or everyone (None), from an age and a time
    on. A draft, and what is for no group at all, is for administrators alone."""

    group_ids: tuple[int, ...] | None = None
    min_age: int = 0
    is_draft: bool = False
    visible_from: datetime | None = None


class Card(Struct, frozen=True, kw_only=True):
    """A film in a list, the same for all viewers. Texts are HTML-escaped; `duration` is in seconds, 0 if unknown.

    `thumbnail_width` is the largest width of the thumbnail in pixels, 0 if it has one size only; `thumbnail_colour`
    is its dominant colour as `#rrggbb`. An episode has a series, a season (0: specials) and perhaps a `number`. If it
    stands for the whole series, that has so many `episodes`, and the texts and the thumbnail are those of the series.
    """

    id: int
    created_at: datetime
    title: str
    description: str
    category: str
    duration: float
    thumbnail_url: str
    thumbnail_width: int
    thumbnail_colour: str | None
    series_id: int | None = None
    series_title: str | None = None
    season: int | None = None
    number: int | None = None
    episodes: int = 0


class FilmRow(Struct, frozen=True):
    """The newest films and series of a category, or of all (None), and how many there are in total."""

    category: str | None
    total: int
    cards: tuple[Card, ...]


class VideoText(Struct, frozen=True):
    """Title, description and category of a video as they are stored, HTML-escaped."""

    title: str
    description: str
    category: str


class SeriesText(Struct, frozen=True):
    """Title and description of a series as they are stored, HTML-escaped, and the episode whose thumbnail is shown;
    None is the first one."""

    title: str
    description: str = ""
    picture_video_id: int | None = None


class Episode(Struct, frozen=True, kw_only=True):
    """A video of a series: its title, HTML-escaped, its season (0: specials), and its number if it has one."""

    id: int
    title: str
    season: int
    number: int | None


class ThumbnailSource(StrEnum):
    """Where the thumbnail comes from: the best candidate, a chosen candidate, a frame at some time, or an uploaded
    file."""

    BEST = "best"
    CANDIDATE = "candidate"
    FRAME = "frame"
    UPLOAD = "upload"


class ThumbnailChoice(Struct, frozen=True):
    """The thumbnail that was chosen for a video. `selector` is the number of a candidate or a time in seconds;
    every choice is a new revision."""

    revision: int
    source: ThumbnailSource
    selector: float | None
