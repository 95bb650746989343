"""Adds active accounts that are logged in, each with a session of its own."""

from datetime import UTC, datetime
from uuid import uuid4

from bench.server import Server
from videoflix.accounts.tokens import Keyring

ACCOUNTS = """
INSERT INTO users (email, email_key, password_hash, activated_at)
SELECT n || '@example.org', n || '@example.org', '', now() FROM generate_series(1, $1::integer) n
RETURNING id
"""
SESSIONS = """
INSERT INTO sessions (id, user_id, profile_id, expires_at, user_agent, address)
SELECT session.id, p.user_id, p.id, now() + interval '1 day', '', ''
FROM unnest($1::uuid[], $2::bigint[]) AS session (id, user_id)
JOIN profiles p USING (user_id)
"""


async def add_accounts(server: Server, count: int) -> dict[int, str]:
    """An access token by the id of each account."""
    async with server.database() as database, database.transaction() as connection:
        users = [row["id"] for row in await connection.fetch(ACCOUNTS, count)]
        sessions = [uuid4() for _ in users]
        await connection.execute(SESSIONS, sessions, users)
    keyring, now = Keyring(server.settings.secret_key), datetime.now(UTC)
    return {
        user: keyring.issue("access", user, session, now, 3600) for user, session in zip(users, sessions, strict=True)
    }
