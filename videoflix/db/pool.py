"""The connection pool, which turns errors of an unavailable database into DatabaseUnavailable."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from videoflix.errors import DatabaseUnavailable
from videoflix.settings import Settings

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

CONNECT_SECONDS = 5.0
QUERY_SECONDS = 30.0
CLOSE_SECONDS = 3.0

# The server refuses, stops or has too many connections, or the connection broke. A wrong query is not among them, nor
# is InterfaceError: asyncpg raises it for a closed connection, and also for a query with too few arguments.
AWAY = (
    ConnectionError,
    asyncpg.InternalClientError,  # the connection broke between two steps of one query
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.AdminShutdownError,
    asyncpg.exceptions.CrashShutdownError,
    asyncpg.exceptions.CannotConnectNowError,
    asyncpg.exceptions.TooManyConnectionsError,
)


class Database:
    """A pool that connects when it is first used, so that a server may start before its database."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection without a transaction. Raises DatabaseUnavailable."""
        try:
            lent = await self._pool.acquire(timeout=CONNECT_SECONDS)
        except (OSError, TimeoutError, asyncpg.InterfaceError, *AWAY) as away:
            raise DatabaseUnavailable from away
        try:
            try:
                yield lent
            except asyncpg.InterfaceError as error:
                if _is_closed(lent):
                    raise DatabaseUnavailable from error
                raise
            finally:
                await self._pool.release(lent)
        except (TimeoutError, *AWAY) as away:
            raise DatabaseUnavailable from away

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction, which commits unless the block raises. Raises DatabaseUnavailable."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def close(self) -> None:
        """Close all connections; after CLOSE_SECONDS they are terminated."""
        try:
            await asyncio.wait_for(self._pool.close(), CLOSE_SECONDS)
        except TimeoutError:
            self._pool.terminate()


def _is_closed(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has taken it back, as it does when it is closed
        return True


async def open_database(settings: Settings, *, most: int = 10) -> Database:
    """A pool of at most `most` connections. The database need not be available yet."""
    pool = asyncpg.create_pool(**connect_arguments(settings), min_size=0, max_size=most, reset=_keep_session)
    return Database(await pool)


async def _keep_session(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Called when a connection returns to the pool, after asyncpg has ended a transaction that was left open.

    By default, asyncpg then sends a query that resets the session, and every use of a connection costs two round
    trips. Our queries leave nothing in the session.
    """


def connect_arguments(settings: Settings) -> dict[str, Any]:
    return {
        "host": settings.db_host,
        "port": settings.db_port,
        "user": settings.db_user,
        "password": settings.db_password or None,
        "database": settings.db_name,
        "timeout": CONNECT_SECONDS,
        "command_timeout": QUERY_SECONDS,
        "server_settings": {"application_name": "videoflix", "jit": "off"},
    }
