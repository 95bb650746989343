"""Queries for monitoring: whether the database answers, samples for the metrics, and unfinished work."""

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.monitoring.models import FilmWork, Sample, Work, WorkState
from videoflix.queue.queues import TRANSCODE

SQL = Queries("monitoring")


async def ping(connection: Connection) -> bool:
    return bool(await connection.fetchval(SQL.ping))


async def samples(connection: Connection) -> list[Sample]:
    found = [Sample(row["name"], tuple(row["labels"]), row["value"]) for row in await connection.fetch(SQL.samples)]
    seconds: float = await connection.fetchval(SQL.queue_seconds)
    return [*found, Sample("queue_seconds", (TRANSCODE,), seconds)]


async def work(
    connection: Connection, state: str | None, count: int, skip: int
) -> tuple[list[Work], dict[WorkState, int]]:
    """At most `count` items after the first `skip`, of one state or of all, and the number of items in each state."""
    rows = await connection.fetch(SQL.work, state, count, skip)
    found = [
        Work(**{name: row[name] for name in Work.__struct_fields__ if name != "state"}, state=WorkState(row["state"]))
        for row in rows
        if row["id"] is not None
    ]
    return found, {each: rows[0][each] for each in WorkState}


async def work_by_film(
    connection: Connection, state: str | None, count: int, skip: int
) -> tuple[list[FilmWork], dict[WorkState, int]]:
    """The same for films and mails instead of jobs and mails."""
    rows = await connection.fetch(SQL.work_by_film, state, count, skip)
    found = [
        FilmWork(
            **{name: row[name] for name in FilmWork.__struct_fields__ if name not in ("state", "kinds")},
            state=WorkState(row["state"]),
            kinds=tuple(row["kinds"]),
        )
        for row in rows
        if row["state"] is not None
    ]
    return found, {each: rows[0][each] for each in WorkState}
