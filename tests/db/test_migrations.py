"""Every migration goes up, down and up again."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest

from tests.fixtures.services import Services
from videoflix.db.loader import resource
from videoflix.db.migrations import open_backend, pending
from videoflix.errors import MigrationFailed
from videoflix.schema import migrate
from videoflix.server import pgcluster
from videoflix.settings import Settings

NAMES = sorted(path.stem for path in resource("migrations").glob("*.sql") if ".rollback" not in path.name)


def _tables(settings: Settings) -> set[str]:
    with psycopg.connect(settings.database_url) as connection:
        rows = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%yoyo%'"
        ).fetchall()
    return {row[0] for row in rows}


def test_each_migration_can_be_rolled_back_and_applied_again(settings: Settings) -> None:
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


def _roll_back(settings: Settings, first: str) -> None:
    """Undo the migrations from the one that is numbered `first`."""
    backend, migrations = open_backend(settings)
    with backend.lock():
        backend.rollback_migrations(backend.to_rollback(migrations).filter(lambda one: one.id >= first))
    backend.connection.close()


# Rows that earlier releases could write, or that were edited by hand.
OLD_ROWS = """
INSERT INTO videos (title, description, category) VALUES ('First', '', ''), ('Second', '', '');
INSERT INTO encodes (video_id, version, state, duration, frame_rate_num, frame_rate_den, published_at)
VALUES (1, 1, 'ready', 12, 25, 1, now()), (2, 1, 'encoding', 0, 0, 1, NULL);
INSERT INTO renditions (encode_id, label, width, height) VALUES (1, 480, 854, 480), (1, 720, 1280, 720);
INSERT INTO segments (encode_id, label, number, duration, bytes)
VALUES (1, 480, 0, 6, 100), (1, 480, 1, 0, 20), (1, 720, 0, 6, 300);
INSERT INTO jobs (encode_id, kind, number, frames, state, progress) VALUES
    (1, 'ingest', 0, NULL, 'done', 1), (1, 'unit', 0, 150, 'done', 1), (1, 'unit', 1, NULL, 'done', 1),
    (2, 'ingest', 0, NULL, 'done', 1), (2, 'unit', 0, 0, 'queued', 1.2);
INSERT INTO captions (video_id, encode_id, number, language, name, text) VALUES (2, 1, 0, 'en', 'English', 'WEBVTT');
"""


def test_rows_of_earlier_releases_are_kept_and_corrected(settings: Settings) -> None:
    _roll_back(settings, "0013")
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(OLD_ROWS.encode())
        for _ in range(2):
            assert migrate(settings) == [name for name in NAMES if name >= "0013"]
            rows = connection.execute("SELECT duration, frame_rate_num FROM encodes ORDER BY id").fetchall()
            assert rows == [(12, 25), (None, None)]
            rows = connection.execute("SELECT label, bytes FROM renditions ORDER BY label").fetchall()
            assert rows == [(480, 120), (720, 300)]
            rows = connection.execute("SELECT duration FROM segments ORDER BY label, number").fetchall()
            assert rows == [(6,), (0.04,), (6,)]
            rows = connection.execute("SELECT frames, progress FROM jobs WHERE kind = 'unit' ORDER BY id").fetchall()
            assert rows == [(150, 1), (1, 1), (None, 1)]
            rows = connection.execute("SELECT kind, done FROM job_totals ORDER BY kind").fetchall()
            assert rows == [("ingest", 2), ("unit", 2)]
            assert connection.execute("SELECT video_id FROM captions").fetchall() == [(1,)]
            _roll_back(settings, "0013")


def test_thumbnails_of_before_are_made_again_those_of_new_films_first(settings: Settings) -> None:
    _roll_back(settings, "0026")
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO videos (title, description, category) VALUES ('A', '', ''), ('B', '', ''), ('C', '', '');"
            "INSERT INTO encodes (video_id, version, state, published_at, thumbnail) VALUES "
            "(1, 1, 'ready', now(), 1), (1, 2, 'ready', now(), 2), "
            "(2, 1, 'ready', now(), 1), (3, 1, 'ready', now(), 0);"
            "INSERT INTO jobs (encode_id, kind, state) VALUES (2, 'thumbnail', 'done'), (4, 'thumbnail', 'failed')"
        )
        assert migrate(settings) == [name for name in NAMES if name >= "0026"]
        due = connection.execute("SELECT encode_id FROM jobs WHERE state = 'queued' ORDER BY not_before").fetchall()
        assert due == [(3,), (2,)]
        assert connection.execute("SELECT state FROM jobs WHERE encode_id = 4").fetchall() == [("failed",)]


def test_an_index_build_that_was_interrupted_is_repeated(settings: Settings) -> None:
    _roll_back(settings, "0018")
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute("CREATE INDEX jobs_claim_key ON jobs (id)")
        assert "0018.work-indexes" in migrate(settings)
        (definition,) = connection.execute("SELECT pg_get_indexdef('jobs_claim_key'::regclass)").fetchone() or ("",)
    assert "UNIQUE" in definition
    assert "(claim)" in definition


@pytest.mark.parametrize("first", ["0016", "0018"])
def test_a_table_that_stays_locked_ends_the_migration(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    _roll_back(settings, first)
    monkeypatch.setattr("videoflix.db.migrations.LOCK_TIMEOUT", "100ms")
    with psycopg.connect(settings.database_url) as connection:
        connection.execute("LOCK TABLE jobs")
        with pytest.raises(MigrationFailed, match="stayed locked"):
            migrate(settings)
        connection.rollback()
    assert migrate(settings) == [name for name in NAMES if name >= first]


def test_two_runs_at_once_do_not_disturb_each_other(empty: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that waited for the lock would stop CREATE INDEX CONCURRENTLY of the other run."""
    monkeypatch.setattr("videoflix.db.migrations.LOCK_TIMEOUT", "3s")
    with ThreadPoolExecutor() as threads:
        applied = list(threads.map(migrate, [empty, empty]))
    assert sorted(map(len, applied))[0] == 0
    assert not pending(empty)


def test_a_second_run_has_nothing_to_do(settings: Settings) -> None:
    assert migrate(settings) == []
    assert pending(settings) == []


def test_a_lock_left_by_a_killed_run_is_removed(settings: Settings) -> None:
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, now(), 4711)")
    assert migrate(settings) == []


def test_existing_accounts_keep_their_addresses(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
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
def test_every_migration_names_its_dependency_and_has_a_rollback(name: str) -> None:
    folder = resource("migrations")
    assert "-- depends:" in (folder / f"{name}.sql").read_text()
    assert (folder / f"{name}.rollback.sql").exists()


@pytest.fixture
def empty(services: Services, settings: Settings) -> Iterator[Settings]:
    """An empty database."""
    name = f"empty_{uuid4().hex}"
    services.execute(f"CREATE DATABASE {name} STRATEGY FILE_COPY OWNER videoflix")
    yield replace(settings, db_name=name)
    services.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _everything(settings: Settings) -> list[tuple[object, ...]]:
    """All relations, types and functions of a database."""
    with psycopg.connect(settings.database_url) as connection:
        return connection.execute(
            """
            SELECT 'relation', relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION ALL SELECT 'type', typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
            UNION ALL SELECT 'function', proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            ORDER BY 1, 2
            """
        ).fetchall()


@pytest.mark.parametrize(
    "foreign",
    [
        "CREATE TABLE videos (id int)",
        "CREATE TABLE users (id int)",
        "CREATE VIEW mails AS SELECT 1",
        "CREATE MATERIALIZED VIEW due_jobs AS SELECT 1",
        "CREATE SEQUENCE uploads",
        "CREATE TABLE jobs (id int); CREATE TABLE _yoyo_migration (migration_hash text, migration_id text)",
        "CREATE TABLE films (id int); CREATE INDEX mails_queued ON films (id)",
    ],
)
def test_a_database_with_foreign_objects_under_our_names_is_not_changed(empty: Settings, foreign: str) -> None:
    with psycopg.connect(empty.database_url) as connection:
        connection.execute(foreign.encode())
    before = _everything(empty)
    with pytest.raises(MigrationFailed, match=r"already exists.*Nothing was changed.*DB_NAME") as refusal:
        migrate(empty)
    assert "\n" not in refusal.value.detail
    assert empty.db_name in refusal.value.detail
    assert _everything(empty) == before


def test_a_database_of_django_with_tables_under_our_names_is_recognised(empty: Settings) -> None:
    with psycopg.connect(empty.database_url) as connection:
        connection.execute("CREATE TABLE videos (id int); CREATE TABLE django_migrations (id int)")
    with pytest.raises(MigrationFailed, match=r"Nothing was changed.*bin/import-django takes over") as refusal:
        migrate(empty)
    assert "\n" not in refusal.value.detail


def test_missing_permission_to_create_tables_is_reported(services: Services, empty: Settings) -> None:
    services.execute(f"ALTER DATABASE {empty.db_name} OWNER TO {pgcluster.OWNER}")
    with pytest.raises(MigrationFailed, match="permission denied"):
        migrate(empty)


def test_foreign_tables_with_other_names_are_accepted(empty: Settings) -> None:
    with psycopg.connect(empty.database_url) as connection:
        connection.execute("CREATE TABLE videos_video (id int)")
    assert migrate(empty) == NAMES
