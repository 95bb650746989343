"""The videos in the admin pages, with their metadata as plain text."""

from datetime import datetime

from msgspec import Struct, structs

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.metadata import unescape_html
from videoflix.library.models import EncodeState
from videoflix.library.queries.audience import audience_of

SQL = Queries("admin_videos")

# What the filter for audiences finds: videos that not everyone can see at once.
AUDIENCES = ("everyone", "groups", "age", "draft", "scheduled")
SORTS = ("title", "category", "status", "created_at", "duration", "bytes")


class Search(Struct, frozen=True, kw_only=True):
    """Filters (None: any) and order. Texts are HTML-escaped, as they are stored. Of a `text`, the search has `found`
    these videos."""

    text: str | None = None
    found: tuple[int, ...] = ()
    category: str | None = None
    status: EncodeState | None = None
    since: datetime | None = None
    before: datetime | None = None
    audience: str | None = None
    group_id: int | None = None
    sort: str
    backwards: bool


class VideoEntry(Struct, frozen=True, kw_only=True):
    """A video in the table. `version`, `duration` and `resolutions` are those of the version that is served, or
    else of the newest; status, progress (0 to 1), speed and `left` (seconds) are those of the newest. The last
    four say who may see it (`Audience`)."""

    id: int
    title: str
    description: str
    category: str
    created_at: datetime
    series: str | None
    thumbnail_url: str
    master_url: str | None
    status: EncodeState
    is_playable: bool
    version: int | None
    error: str | None
    thumbnail_error: str | None
    progress: float
    speed: float | None
    left: float | None
    duration: float | None
    resolutions: tuple[str, ...]
    bytes: int
    original_bytes: int | None
    notes: tuple[str, ...]
    group_ids: tuple[int, ...] | None
    min_age: int
    is_draft: bool
    visible_from: datetime | None


async def page(connection: Connection, search: Search, count: int, skip: int) -> tuple[list[int], int]:
    """The ids of `count` videos after the first `skip` that match, and the number of all that match."""
    row = await connection.fetchrow(
        SQL.page,
        *(search.text, search.category, search.status, search.since, search.before),
        *(search.sort, search.backwards, count, skip, search.audience, search.group_id, search.found),
    )
    assert row is not None
    return row["ids"], row["total"]


async def entries(connection: Connection, ids: list[int], base_url: str = "") -> list[VideoEntry]:
    """These videos in this order, without those that were deleted meanwhile; URLs begin with `base_url`."""
    return [
        VideoEntry(
            **{
                **row,
                "title": unescape_html(row["title"]),
                "description": unescape_html(row["description"]),
                "category": unescape_html(row["category"]),
                "series": row["series"] and unescape_html(row["series"]),
                "status": EncodeState(row["status"]),
                "resolutions": tuple(row["resolutions"]),
                "notes": tuple(row["notes"]),
                **structs.asdict(audience_of(row)),
            }
        )
        for row in await connection.fetch(SQL.entries, ids, base_url)
    ]


async def entry(connection: Connection, video_id: int, base_url: str = "") -> VideoEntry | None:
    found = await entries(connection, [video_id], base_url)
    return found[0] if found else None


async def categories(connection: Connection) -> list[str]:
    return [unescape_html(row["category"]) for row in await connection.fetch(SQL.categories)]
