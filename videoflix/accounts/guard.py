"""Finds the active session of a token. Results are cached for five seconds, and longer while the database does not
answer."""

from datetime import datetime
from uuid import UUID

from videoflix.accounts.models import Session
from videoflix.accounts.queries import sessions
from videoflix.accounts.tokens import Token
from videoflix.db.pool import Database
from videoflix.ttl_cache import TTLCache

# Logout, password reset and deactivation must end access within ten seconds in all processes.
CACHE_SECONDS = 5.0
MAX_SESSIONS = 20_000


class Guard:
    """The sessions that this process has seen lately."""

    def __init__(self, database: Database, stale_seconds: float) -> None:
        self._database = database
        self._sessions: TTLCache[UUID, Session | None] = TTLCache(
            self._find, seconds=CACHE_SECONDS, most=MAX_SESSIONS, stale_seconds=stale_seconds
        )

    async def admit(self, token: Token, now: datetime) -> Session | None:
        """The session of a token; None if it has expired or was revoked, or its user is not active."""
        return _if_active(await self._sessions.get(token.session_id), token.user_id, now)

    async def recheck(self, session: Session, now: datetime) -> Session | None:
        """The current state of a session, for responses that take long; None if it has ended."""
        return _if_active(await self._sessions.get(session.id), session.user_id, now)

    def forget(self, session_id: UUID) -> None:
        """Drop a session that has just changed or ended from the cache of this process."""
        self._sessions.forget(session_id)

    def forget_account(self, user_id: int | None) -> None:
        """Drop the sessions of an account that has changed, or of all guests (0). None: ask for all of them again."""
        if user_id is None:
            self._sessions.expire_all()
        else:
            self._sessions.forget_if(lambda session: session is None or session.user_id == user_id)

    async def _find(self, session_id: UUID) -> Session | None:
        async with self._database.connection() as connection:
            return await sessions.find_active(connection, session_id)


def _if_active(session: Session | None, user_id: int, now: datetime) -> Session | None:
    if session is None or session.user_id != user_id or session.expires_at <= now:
        return None
    return session
