"""The values that travel between the rooms: frozen, without behaviour beyond a derived property or two."""

from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any
from uuid import UUID

from msgspec import Struct


class User(Struct, frozen=True, kw_only=True):
    id: int
    email: str
    password_hash: str
    is_active: bool
    is_staff: bool
    created_at: datetime


class AccountState(StrEnum):
    """`waiting`: its owner has not followed the link in the mail yet."""

    ACTIVE = "active"
    WAITING = "waiting"
    DISABLED = "disabled"


class Account(Struct, frozen=True, kw_only=True):
    """An account as administrators see it; `sessions` are the logins that have not ended."""

    id: int
    email: str
    is_staff: bool
    state: AccountState
    created_at: datetime
    last_seen_at: datetime | None
    sessions: int


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
    """What a mail is for. Rows are of the first two kinds alone.

    For an account without a password a mail becomes an invitation (somebody in charge made the account), or a
    recovery (it was registered, never activated, and a reset was asked for).
    """

    ACTIVATION = "activation"
    RESET = "reset"
    INVITATION = "invitation"
    RECOVERY = "recovery"


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


class Sound(Struct, frozen=True, kw_only=True):
    """A sound track of an original: its stream, where on the container's clock it begins for one who reads it
    alone, what it says of itself, and whether it has a single channel."""

    stream: int
    begin: float = 0.0
    language: str | None = None
    name: str | None = None
    is_mono: bool = False


class CaptionKind(StrEnum):
    """Full captions, those for foreign speech and signs alone, or those for people who do not hear the sound."""

    FULL = "full"
    FORCED = "forced"
    SDH = "sdh"


class Text(Struct, frozen=True, kw_only=True):
    """A caption track of an original that is made of text; `codec` as ffprobe names it."""

    stream: int
    codec: str = ""
    kind: CaptionKind = CaptionKind.FULL
    language: str | None = None
    name: str | None = None


class ToneMap(StrEnum):
    """What makes SDR of HDR: the filter of an ffmpeg with zimg, or swscale's from version 8 on."""

    ZSCALE = "zscale"
    SCALE = "scale"


class Colour(Struct, frozen=True, kw_only=True):
    """How a film's numbers mean colours, by ffmpeg's names. `matrix` is None for RGB, `hdr` the transfer of HDR and
    None for SDR, `tone_map` what this ffmpeg has for HDR, `range` None where the film does not tell."""

    matrix: str | None = "bt709"
    primaries: str = "bt709"
    hdr: str | None = None
    range: str | None = None
    tone_map: ToneMap | None = None


class Probe(Struct, frozen=True, kw_only=True):
    """What an original is. Sizes in pixels as shown (after rotation), times in seconds.

    `codec` is that of the picture as ffprobe names it, `x264_build` the version of x264 that has encoded it, if any.
    `sounds` are those that are taken over, the one that goes with the picture first. `frames` are counted at the
    constant rate that the film will have, None if its time line cannot be trusted enough to cut it in units. Then
    `length` is how long picture and sound last, as far as it is known, or `max_length` what they do not exceed, and
    `overhang` how much of it is sound after the last picture. `is_still` tells of a single picture, which stands for
    the whole film.
    `origin` is where the container's clock begins, `first` how long after that the first frame is shown, `hold`
    how much longer that frame stands than it should. `loopback` tells whether this ffmpeg can decode what it encodes
    in the same run. `notes` are for the people who brought the film in.
    """

    video: int
    codec: str = ""
    x264_build: int | None = None
    sounds: tuple[Sound, ...] = ()
    texts: tuple[Text, ...] = ()
    width: int
    height: int
    frame_rate: Fraction
    duration: float | None
    frames: int | None = None
    length: float | None = None
    max_length: float | None = None
    overhang: float = 0.0
    is_still: bool = False
    interlaced: bool = False
    colour: Colour = Colour()
    origin: float = 0.0
    first: float = 0.0
    hold: float = 0.0
    loopback: bool = False
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float | None:
        """How long picture and sound last; None if that is not known before all is decoded."""
        return float(self.frames / self.frame_rate) if self.frames else self.length


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
    AUDIO = "audio"
    UNIT = "unit"
    THUMBNAIL = "thumbnail"
    CAPTIONS = "captions"
    STORYBOARD = "storyboard"


# How often a job is tried.
MAX_TRIES = 3


class Job(Struct, frozen=True, kw_only=True):
    """A piece of work on an encode that exactly one worker has claimed; a unit's frames are counted from 0.

    `others_wait` tells whether more units could be taken now.
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
        """Whether there is no film without it."""
        return self.kind in (JobKind.INGEST, JobKind.UNIT) or (self.kind is JobKind.AUDIO and self.number == 0)

    @property
    def is_last_try(self) -> bool:
        return self.attempts >= MAX_TRIES


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


class Film(Struct, frozen=True, kw_only=True):
    """What delivery needs to know of a playable video: the version that is served and its rungs, lowest first.

    One that is not complete grows: `segments` is how many there are by now, without a gap. `sounds` begins with
    the one that goes with the picture; further ones are there when the film is complete, and they are. `thumbnail` is
    the edition that lies there, 0 if none does, and `picture` names it in addresses.
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


class Holding(Struct, frozen=True):
    """A video as the inventory knows it; `original_bytes` is None if no original has to be there, 0 if its size was
    never recorded."""

    id: int
    title: str
    original_bytes: int | None


class Version(Struct, frozen=True, kw_only=True):
    """What belongs to a version of a film; of its thumbnail the edition, 0 for none. Nothing of one that `is_settled`
    changes any more, for all we know, but its thumbnail; one that `is_replaced` goes by itself."""

    encode_id: int
    video_id: int
    version: int
    thumbnail: int
    has_storyboard: bool
    labels: tuple[int, ...]
    tracks: tuple[int, ...]
    is_settled: bool
    is_replaced: bool


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


class Number(Struct, frozen=True):
    """A number of what the house holds, for those who watch over it: its name and the values of its labels."""

    name: str
    labels: tuple[str, ...]
    value: float


class WorkState(StrEnum):
    RUNNING = "running"
    WAITING = "waiting"
    FAILED = "failed"


class Work(Struct, frozen=True, kw_only=True):
    """A job that is not done, or a mail (by its `kind`) that has not gone out, whose `title` is an address.

    `error` is why it failed, or the last try did, or what it waits for.
    """

    id: int
    kind: str
    number: int
    video_id: int | None
    title: str
    state: WorkState
    attempts: int
    progress: float
    speed: float | None
    error: str | None
    not_before: datetime


class Deed(Struct, frozen=True, kw_only=True):
    """Something that an admin or a command has done; `label` is what its target was called then."""

    at: datetime
    who: str
    action: str
    target: str | None
    label: str
    detail: dict[str, Any]


class Words(Struct, frozen=True):
    """What people say of a video, neutralised."""

    title: str
    description: str
    category: str


class PictureSource(StrEnum):
    """Where the picture of a film is taken from: the best of the candidates, one that an admin has chosen, the film
    at some time, or a file that was uploaded."""

    BEST = "best"
    CANDIDATE = "candidate"
    FRAME = "frame"
    UPLOAD = "upload"


class Wish(Struct, frozen=True):
    """Which picture a film is to have. `place` is the number of a candidate, or a time in seconds; every choice is
    another edition."""

    edition: int
    source: PictureSource
    place: float | None


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
