"""Who is asking: from a token to a session that still lives, with a memory of five seconds."""

from datetime import datetime
from uuid import UUID

from videoflix.accounts.models import Session
from videoflix.accounts.queries import sessions
from videoflix.accounts.tokens import Token
from videoflix.db.pool import Database
from videoflix.ttl_cache import TTLCache

# Logout, reset and deactivation must bite within ten seconds everywhere.
SECONDS = 5.0
MAX = 20_000


class Guard:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._sessions: TTLCache[UUID, Session | None] = TTLCache(self._find, seconds=SECONDS, most=MAX)

    async def admit(self, token: Token, now: datetime) -> Session | None:
        """The token's session if it has not ended, been revoked, or lost its user."""
        return _live(await self._sessions.get(token.session_id), token.user_id, now)

    async def again(self, session: Session, now: datetime) -> Session | None:
        """The same login as it is now, for an answer that takes long; None if it has ended meanwhile."""
        return _live(await self._sessions.get(session.id), session.user_id, now)

    def forget(self, session_id: UUID) -> None:
        """Ask the database the next time: the session has just ended here."""
        self._sessions.forget(session_id)

    async def _find(self, session_id: UUID) -> Session | None:
        async with self._database.connection() as connection:
            return await sessions.find_live(connection, session_id)


def _live(session: Session | None, user_id: int, now: datetime) -> Session | None:
    if session is None or session.user_id != user_id or session.expires_at <= now:
        return None
    return session
