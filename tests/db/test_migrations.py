"""Every migration goes up, down and up again."""

import psycopg
import pytest

from videoflix.db.migrations import migrate, open_backend, pending
from videoflix.db.queries import resource
from videoflix.settings import Settings

NAMES = sorted(path.stem for path in resource("migrations").glob("*.sql") if ".rollback" not in path.name)


def _tables(settings: Settings) -> set[str]:
    with psycopg.connect(settings.database_url) as connection:
        rows = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%yoyo%'"
        ).fetchall()
    return {row[0] for row in rows}


def test_all_the_way_down_nothing_is_left_and_up_again_it_is_as_before(settings: Settings) -> None:
    before = _tables(settings)
    backend, migrations = open_backend(settings)
    with backend.lock():
        for migration in list(backend.to_rollback(migrations)):
            backend.rollback_migrations(migrations.filter(lambda m, one=migration: m.id == one.id))
            backend.apply_migrations(migrations.filter(lambda m, one=migration: m.id == one.id))
            backend.rollback_migrations(migrations.filter(lambda m, one=migration: m.id == one.id))
    backend.connection.close()
    assert _tables(settings) == set()
    assert migrate(settings) == NAMES
    assert _tables(settings) == before


def test_a_second_run_has_nothing_to_do(settings: Settings) -> None:
    assert migrate(settings) == []
    assert pending(settings) == []


def test_a_lock_that_a_killed_run_left_behind_does_not_stand_in_the_way(settings: Settings) -> None:
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, now(), 4711)")
    assert migrate(settings) == []


def test_accounts_that_are_there_keep_their_addresses(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    backend, migrations = open_backend(settings)
    keys = migrations.filter(lambda migration: migration.id == "0011.email-keys")
    with backend.lock():
        backend.rollback_migrations(keys)
    backend.connection.close()
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO users (email, password_hash, activated_at) VALUES "
            "('Ada@example.org', '', NULL), ('\u00c9ve@example.org', '', NULL), "
            "('\uff41da@example.org', '', now()), ('v\u0130ctim@example.org', '', now())"
        )
        assert migrate(settings) == ["0011.email-keys"]
        found = [row[0] for row in connection.execute("SELECT email_key FROM users ORDER BY id")]
        assert found == [None, "\u00e9ve@example.org", "ada@example.org", "vi\u0307ctim@example.org"]
        assert "account 1 (Ada@example.org) cannot log in" in caplog.text
        connection.execute("DELETE FROM users WHERE id = 3")
        assert migrate(settings) == []
        found = [row[0] for row in connection.execute("SELECT email_key FROM users ORDER BY id")]
    assert found == ["ada@example.org", "\u00e9ve@example.org", "vi\u0307ctim@example.org"]


@pytest.mark.parametrize("name", NAMES)
def test_every_migration_says_what_it_depends_on_and_can_go_back(name: str) -> None:
    folder = resource("migrations")
    assert "-- depends:" in (folder / f"{name}.sql").read_text()
    assert (folder / f"{name}.rollback.sql").exists()
