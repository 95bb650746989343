"""What those see who watch over the server: whether the database answers, numbers of everything that it holds, and
the work that is not done."""

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.monitoring.models import Number, Work, WorkState

SQL = Queries("monitoring")


async def answers(connection: Connection) -> bool:
    return bool(await connection.fetchval(SQL.answers))


async def numbers(connection: Connection) -> list[Number]:
    return [Number(row["name"], tuple(row["labels"]), row["value"]) for row in await connection.fetch(SQL.numbers)]


async def work(
    connection: Connection, state: str | None, count: int, skip: int
) -> tuple[list[Work], dict[WorkState, int]]:
    """`count` pieces of work after the first `skip`, of one state or of all, and how many there are of each state."""
    rows = await connection.fetch(SQL.work, state, count, skip)
    found = [
        Work(**{name: row[name] for name in Work.__struct_fields__ if name != "state"}, state=WorkState(row["state"]))
        for row in rows
        if row["id"] is not None
    ]
    return found, {each: rows[0][each] for each in WorkState}
