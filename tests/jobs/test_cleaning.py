from videoflix.db.pool import Database
from videoflix.jobs.rooms import Rooms
from videoflix.jobs.worker import Context, clean_accounts


async def test_what_is_over_is_forgotten_and_what_is_not_stays(rooms: Rooms, database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("""
            INSERT INTO users (email, password_hash, created_at, activated_at) VALUES
                ('old-never@example.org', '', now() - interval '31 days', NULL),
                ('young-never@example.org', '', now() - interval '29 days', NULL),
                ('active@example.org', '', now() - interval '900 days', now());
            INSERT INTO sessions (id, user_id, expires_at, revoked_at, user_agent, address)
            SELECT gen_random_uuid(), id, now() + e, now() + r, x, '' FROM users, (VALUES
                (interval '-31 days', NULL, 'expired'), (interval '1 day', interval '-31 days', 'revoked'),
                (interval '1 day', NULL, 'live'), (interval '-1 day', NULL, 'just over')) v (e, r, x)
            WHERE email = 'active@example.org';
            INSERT INTO mail_tokens (hash, user_id, purpose, expires_at)
            SELECT decode(h, 'hex'), id, 'reset', now() + e FROM users, (VALUES
                ('01', interval '-31 days'), ('02', interval '-1 hour')) v (h, e)
            WHERE email = 'active@example.org';
        """)
    await clean_accounts(Context(rooms=rooms))
    async with database.connection() as connection:
        emails = [row[0] for row in await connection.fetch("SELECT email FROM users ORDER BY id")]
        agents = {row[0] for row in await connection.fetch("SELECT user_agent FROM sessions")}
        assert await connection.fetchval("SELECT count(*) FROM mail_tokens") == 1
    assert emails == ["young-never@example.org", "active@example.org"]
    assert agents == {"live", "just over"}
