"""Who may see what, for tests that call the layers below the HTTP handlers."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from videoflix.accounts.models import ADULT, Profile, Session, Viewer
from videoflix.db.pool import Database

ADMIN = Viewer(is_admin=True, max_age=ADULT)
MEMBER = Viewer(max_age=ADULT)


async def session_of(database: Database, user_id: int) -> Session:
    """A session of the first profile of an account, as requests have it."""
    async with database.connection() as connection:
        profile_id = await connection.fetchval("SELECT min(id) FROM profiles WHERE user_id = $1", user_id)
    profile = Profile(
        id=profile_id,
        name="",
        picture="amber",
        language=None,
        max_age=ADULT,
        has_pin=False,
    )
    return Session(
        id=uuid4(),
        user_id=user_id,
        profile=profile,
        guest_link_id=None,
        has_second_factor=False,
        is_staff=False,
        viewer=MEMBER,
        expires_at=datetime.now(UTC) + timedelta(hours=1),
        is_remembered=False,
    )
