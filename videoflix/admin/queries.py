"""Queries of the admin home."""

from datetime import timedelta

from videoflix.admin.models import Stored, UnsentMail, WatchedFilm
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.metadata import unescape_html
from videoflix.watching.models import REPORT_SECONDS

SQL = Queries("home")

# How late a report may be: it is written within five seconds.
LATE = timedelta(seconds=20)


async def viewers(connection: Connection, count: int) -> tuple[list[WatchedFilm], int]:
    """The `count` films that most people are watching now, and the number of all viewers."""
    rows = await connection.fetch(SQL.viewers, LATE, count, REPORT_SECONDS)
    films = [WatchedFilm(row["id"], unescape_html(row["title"]), row["viewers"]) for row in rows]
    return films, rows[0]["total"] if rows else 0


async def stored(connection: Connection) -> Stored:
    row = await connection.fetchrow(SQL.stored)
    assert row is not None
    return Stored(**row)


async def unsent_mails(connection: Connection, count: int) -> tuple[list[UnsentMail], int]:
    """The latest `count` mails that could not be sent, and the number of all."""
    rows = await connection.fetch(SQL.unsent_mails, count)
    found = [UnsentMail(**{name: row[name] for name in UnsentMail.__struct_fields__}) for row in rows]
    return found, rows[0]["total"] if rows else 0


async def active_admins(connection: Connection) -> int:
    count: int = await connection.fetchval(SQL.active_admins)
    return count
