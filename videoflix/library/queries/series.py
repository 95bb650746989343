"""Series: their texts, and which videos are their episodes, in order."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct, structs
from msgspec.structs import astuple

from videoflix.accounts.models import Viewer
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.metadata import unescape_html
from videoflix.library.models import Episode, SeriesText
from videoflix.library.queries.audience import audience_of

SQL = Queries("series")

SORTS = ("title", "episodes", "created_at")


class SeriesEntry(Struct, frozen=True, kw_only=True):
    """A series in the admin pages; texts are plain. The last four say who may see it (`Audience`)."""

    id: int
    title: str
    description: str
    created_at: datetime
    seasons: int
    episodes: int
    thumbnail_url: str | None
    group_ids: tuple[int, ...] | None
    min_age: int
    is_draft: bool
    visible_from: datetime | None


async def insert(connection: Connection, title: str, description: str) -> int:
    series_id: int = await connection.fetchval(SQL.insert, title, description)
    return series_id


async def lock_titles(connection: Connection) -> None:
    """Wait for those who create series by their titles, until the transaction ends."""
    await connection.execute(SQL.lock_titles)


async def titles(connection: Connection) -> list[tuple[int, str]]:
    """Ids and titles of all series, the oldest first."""
    return [(row["id"], row["title"]) for row in await connection.fetch(SQL.titles)]


async def lock(connection: Connection, series_id: int) -> SeriesText | None:
    """Lock a series until the transaction ends. Returns its texts; None if it is unknown. Series are locked before
    videos."""
    row = await connection.fetchrow(SQL.lock, series_id)
    return SeriesText(*row) if row else None


async def text(connection: Connection, series_id: int) -> SeriesText | None:
    """The texts of a series; None if it is unknown."""
    row = await connection.fetchrow(SQL.text, series_id)
    return SeriesText(*row) if row else None


async def lock_of_videos(connection: Connection, video_ids: Sequence[int]) -> None:
    """Lock the series that know these videos."""
    await connection.fetch(SQL.lock_of_videos, video_ids)


async def edit(connection: Connection, series_id: int, text: SeriesText) -> None:
    await connection.execute(SQL.edit, series_id, text.title, text.description, text.picture_video_id)


async def remove(connection: Connection, series_id: int) -> None:
    await connection.execute(SQL.remove, series_id)


async def episodes(connection: Connection, series_id: int) -> list[Episode]:
    """The episodes in order, playable or not; none if the series is unknown."""
    return [Episode(**row) for row in await connection.fetch(SQL.episodes, series_id)]


async def set_episodes(connection: Connection, series_id: int, ordered: Iterable[Episode]) -> None:
    """Make these videos episodes of the series, each with its season and number; those of a season in this order."""
    seasons: defaultdict[int, int] = defaultdict(int)
    rows = []
    for one in ordered:
        seasons[one.season] += 1
        rows.append((one.id, one.season, one.number, seasons[one.season]))
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    await connection.execute(SQL.set_episodes, columns[0], series_id, *columns[1:])


async def take_out(connection: Connection, video_ids: Sequence[int]) -> list[int]:
    """Take videos out of their series, whose audiences they take over. Returns those that were in one."""
    return [row["id"] for row in await connection.fetch(SQL.take_out, video_ids)]


async def visible_page(connection: Connection, viewer: Viewer, count: int, skip: int) -> tuple[list[int], int]:
    """An episode of each series that a viewer may see, by title, and the number of all of them."""
    rows = await connection.fetch(SQL.visible_page, count, skip, astuple(viewer))
    return [row["id"] for row in rows], rows[0]["total"] if rows else 0


async def visible_episodes(connection: Connection, viewer: Viewer, series_id: int) -> list[int]:
    """The playable episodes that a viewer may see, in order; none if the series is unknown."""
    return [row["id"] for row in await connection.fetch(SQL.visible_episodes, series_id, astuple(viewer))]


async def neighbours(connection: Connection, viewer: Viewer, video_id: int) -> tuple[int | None, int | None]:
    """The episodes before and after a video that a viewer may see; None where there is none."""
    row = await connection.fetchrow(SQL.neighbours, video_id, astuple(viewer))
    return (row["previous"], row["next"]) if row else (None, None)


async def page(
    connection: Connection, text: str | None, sort: str, count: int, skip: int, base_url: str, *, backwards: bool
) -> tuple[list[SeriesEntry], int]:
    """`count` series after the first `skip` whose titles contain the escaped text, and the number of all of them."""
    rows = await connection.fetch(SQL.page, text, sort, backwards, count, skip, base_url)
    entries = [
        SeriesEntry(
            id=row["id"],
            title=unescape_html(row["title"]),
            description=unescape_html(row["description"]),
            created_at=row["created_at"],
            seasons=row["seasons"],
            episodes=row["episodes"],
            thumbnail_url=row["thumbnail_url"],
            **structs.asdict(audience_of(row)),
        )
        for row in rows
    ]
    return entries, rows[0]["total"] if rows else 0
