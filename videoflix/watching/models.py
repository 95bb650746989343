"""The values of watching: reports of players, how far a viewer is in a film, and cards of films."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from videoflix.library.models import Card

# How often players report: by default, and ours where a CDN sends the films. There the server gets hardly any other
# requests, and carries thirty times as many viewers if it gets fewer of these.
REPORT_SECONDS, REPORT_SECONDS_WITH_CDN = 10, 300


class Report(Struct, frozen=True, kw_only=True):
    """Where a playback is, in seconds. `session` identifies the playback, `order` grows with each of its reports, and
    `at` is when the report was received.

    `played` are the parts that were played since the report before, each with begin and end; None if the player does
    not say so. It reports `every` so many seconds.
    """

    session: str
    order: int
    position: float
    duration: float
    at: datetime
    played: tuple[tuple[float, float], ...] | None = None
    every: float = REPORT_SECONDS


class Playback(Struct, frozen=True, kw_only=True):
    """The last report of a playback."""

    session: str
    order: int
    position: float
    every: float = REPORT_SECONDS


class Progress(Struct, frozen=True, kw_only=True):
    """How far a viewer is in a film, in seconds.

    `played_at` is the time of the last report; None if the film was only marked as watched. `hidden_at` is when the
    viewer removed it from the films to continue, `forgotten_at` when the viewer forgot or marked it. `seen` has a bit
    for each stretch of 10 seconds. The last of `playbacks` is the one that counts.
    """

    position: float = 0.0
    duration: float
    watched_at: datetime | None = None
    played_at: datetime | None = None
    hidden_at: datetime | None = None
    forgotten_at: datetime | None = None
    seen: int = 0
    playbacks: tuple[Playback, ...] = ()


class State(Struct, frozen=True, kw_only=True):
    """What a viewer has done with a film, for its card. `resume_at` is None if playback starts at the beginning."""

    position: float = 0.0
    duration: float = 0.0
    resume_at: float | None = None
    watched: bool = False
    in_list: bool = False
    played_at: datetime | None = None


class ViewerCard(Card, frozen=True, kw_only=True):
    """A film as a viewer sees it in a list. Times are in seconds; `progress` is from 0 to 1."""

    progress: float
    resume_at: float | None
    watched: bool
    in_list: bool
    played_at: datetime | None


class RowKind(StrEnum):
    CONTINUE = "continue"
    LIST = "list"
    NEW = "new"
    CATEGORY = "category"


class HomeRow(Struct, frozen=True, kw_only=True):
    """Some films of a list, and how many it has in total. `category` is HTML-escaped; None for the other kinds."""

    kind: RowKind
    category: str | None = None
    total: int
    items: list[ViewerCard]


class Home(Struct, frozen=True, kw_only=True):
    """The home page of a viewer. `hero` is the newest film or series; None without films."""

    hero: ViewerCard | None
    rows: list[HomeRow]


class Season(Struct, frozen=True, kw_only=True):
    """The episodes of a season in order; season 0 is for specials."""

    season: int | None
    episodes: list[ViewerCard]


class SeriesDetail(Struct, frozen=True, kw_only=True):
    """A series as a viewer sees it, specials last. `next` is the first episode that is not watched after the last one
    that is, or the one that was begun, or the first of all."""

    id: int
    title: str
    description: str
    thumbnail_url: str
    thumbnail_width: int
    thumbnail_colour: str | None
    next: ViewerCard
    seasons: list[Season]


class OwnFilms(Struct, frozen=True, kw_only=True):
    """The first films to continue and of the list of a viewer by id, their totals, and the states of films."""

    continuing: list[int]
    continuing_total: int
    listed: list[int]
    listed_total: int
    states: dict[int, State]
