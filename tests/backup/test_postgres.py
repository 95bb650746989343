"""Where a backup is verified if Videoflix has no PostgreSQL of its own."""

import pytest

from tests.fixtures.services import Services
from videoflix.backup import postgres
from videoflix.db.migrations import names, pending
from videoflix.errors import BackupError
from videoflix.settings import Settings


async def test_a_database_beside_the_library_needs_the_right_to_create_one(
    services: Services, settings: Settings
) -> None:
    with pytest.raises(BackupError, match="grant it CREATEDB"):
        async with postgres.other_database(settings):
            pass
    services.execute("ALTER ROLE videoflix CREATEDB")
    try:
        async with postgres.other_database(settings) as beside:
            assert pending(beside) == names()
            assert beside.db_name != settings.db_name
    finally:
        services.execute("ALTER ROLE videoflix NOCREATEDB")
    with services.connect("postgres") as connection:
        assert not connection.execute("SELECT FROM pg_database WHERE datname = %s", (beside.db_name,)).fetchone()
