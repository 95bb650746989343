"""What those see who watch over the server: whether the database answers, and numbers of everything that it holds."""

from videoflix.db.pool import Connection
from videoflix.db.queries import Queries
from videoflix.models import Number

SQL = Queries("watch")


async def answers(connection: Connection) -> bool:
    return bool(await connection.fetchval(SQL.answers))


async def numbers(connection: Connection) -> list[Number]:
    return [Number(row["name"], tuple(row["labels"]), row["value"]) for row in await connection.fetch(SQL.numbers)]
