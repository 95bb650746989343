"""Queries for backups: what is in the database, compared before and after, and how it is emptied."""

from videoflix.backup.models import TableRows
from videoflix.db.loader import Queries
from videoflix.db.pool import Connection

SQL = Queries("backup")

# The tables of yoyo have rows in an empty library, too.
YOYO = ("_yoyo_log", "_yoyo_migration", "_yoyo_version", "yoyo_lock")
# Reading a large table takes longer than other queries may.
TABLE_SECONDS = 3600.0
# A number from the hash of each row, and their sum: the order of rows is not the same after a restore.
CHECKSUM = "sum(('x' || left(md5(t::text), 15))::bit(60)::bigint)"


async def prepare_comparison(connection: Connection) -> None:
    """Needs a transaction, in which `rows` can then be called."""
    await connection.execute(SQL.comparable)


async def rows(connection: Connection) -> dict[str, TableRows]:
    """What every table contains. The names of tables come from PostgreSQL."""
    found = {}
    for name in await _tables(connection):
        row = await connection.fetchrow(
            f"SELECT count(*), coalesce({CHECKSUM}, 0)::text FROM {_quoted(name)} t",  # noqa: S608
            timeout=TABLE_SECONDS,
        )
        assert row
        found[name] = TableRows(*row)
    return found


async def export_snapshot(connection: Connection) -> str:
    """Needs a transaction, and is valid until its end."""
    snapshot: str = await connection.fetchval(SQL.export_snapshot)
    return snapshot


async def server_version(connection: Connection) -> int:
    """The major version of PostgreSQL."""
    major: int = await connection.fetchval(SQL.server_version)
    return major


async def migrations(connection: Connection) -> list[str]:
    """The applied migrations, sorted; empty if there never was one."""
    if not await connection.fetchval(SQL.has_table, "_yoyo_migration"):
        return []
    return [row["migration_id"] for row in await connection.fetch(SQL.migrations)]


async def chosen_thumbnails(connection: Connection) -> list[int]:
    return [row["id"] for row in await connection.fetch(SQL.chosen_thumbnails)]


async def is_in_use(connection: Connection) -> bool:
    """Whether Videoflix has connections apart from this one."""
    return bool(await connection.fetchval(SQL.is_in_use))


async def filled_tables(connection: Connection) -> list[str]:
    """The tables that have rows, apart from those of yoyo."""
    return [
        name
        for name in await _tables(connection)
        if name not in YOYO and await connection.fetchval(f"SELECT EXISTS (SELECT FROM {_quoted(name)})")  # noqa: S608
    ]


async def is_unfinished(connection: Connection) -> bool:
    """Whether a restore into this database was interrupted."""
    return bool(await connection.fetchval(SQL.has_table, "unfinished_restore"))


async def mark_unfinished(connection: Connection) -> None:
    await connection.execute(SQL.mark_unfinished)


async def unmark_unfinished(connection: Connection) -> None:
    await connection.execute(SQL.unmark_unfinished)


async def unknown_tables(connection: Connection) -> list[str]:
    """All tables of a database that was never migrated."""
    return [] if await migrations(connection) else await _tables(connection)


async def drop_everything(connection: Connection) -> None:
    """Needs a transaction."""
    await connection.execute(SQL.drop_everything)


async def _tables(connection: Connection) -> list[str]:
    return [row["name"] for row in await connection.fetch(SQL.tables)]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
