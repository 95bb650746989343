"""Sessions as rows: a login lives as long as its row says."""

from datetime import datetime
from uuid import UUID

from videoflix.db.pool import Connection
from videoflix.db.queries import Queries
from videoflix.models import Session

SQL = Queries("sessions")


async def insert(
    connection: Connection,
    session_id: UUID,
    user_id: int,
    expires_at: datetime,
    user_agent: str,
    address: str,
) -> None:
    await connection.execute(SQL.insert, session_id, user_id, expires_at, user_agent, address)


async def find_live(connection: Connection, session_id: UUID) -> Session | None:
    row = await connection.fetchrow(SQL.find_live, session_id)
    return Session(**row) if row else None


async def revoke(connection: Connection, session_id: UUID) -> None:
    await connection.execute(SQL.revoke, session_id)
