"""bin/backup and bin/restore as commands, with an external PostgreSQL and with the embedded one."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fixtures.commands import Run
from tests.fixtures.published import MakeUser, Publish
from videoflix.backup import manifest as manifests
from videoflix.backup.models import Manifest
from videoflix.checks.finding import Mark
from videoflix.cli.doctor import CHECKS
from videoflix.db.pool import Database
from videoflix.settings import Settings
from videoflix.storage import last_backup
from videoflix.storage.last_backup import LastBackup

# Without these variables the embedded PostgreSQL is used.
EMBEDDED = {"DB_HOST": "", "DB_PASSWORD": "", "DB_NAME": "videoflix", "SECRET_KEY": ""}


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder that the user of PostgreSQL can access if we are root."""
    with tempfile.TemporaryDirectory(prefix="vf", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


async def test_a_backup_moves_from_one_postgresql_to_another(
    run: Run, make_user: MakeUser, publish: Publish, settings: Settings, database: Database, data: Path
) -> None:
    await make_user()
    video = await publish("A film")
    async with database.connection() as connection:
        await connection.execute("UPDATE videos SET original_bytes = NULL WHERE id = $1", video)
    backup, second = str(data / "backup"), str(data / "second")
    done = run("backup", backup, PUBLIC_URL="https://films.example.org", COOKIE_SECURE="True")
    assert done.returncode == 0, done.stderr
    assert "backed up 1 account, the rows of 1 video (" in done.stdout
    assert "1 film without an original (KEEP_ORIGINALS=False) cannot be encoded again" in done.stdout
    (finding,) = [finding async for finding in CHECKS["backup"](settings)]
    assert finding.mark is Mark.GOOD
    assert f"made less than an hour ago in {backup}, without originals and films" in finding.message

    verified = run("restore", backup, "--verify")
    assert verified.returncode == 0, verified.stderr
    assert "every row was restored" in verified.stdout
    assert not list(settings.data_dir.glob("verify-*"))

    embedded = {**EMBEDDED, "DATA_DIR": str(data / "data"), "VIDEOFLIX_HOME": str(data)}
    restored = run("restore", backup, **embedded)
    assert restored.returncode == 0, restored.stderr
    assert "1 film cannot be completed, because neither the encoded film nor the original is there: A film" in (
        restored.stdout
    )
    assert "these settings differ from those of the backup: " in restored.stdout
    assert "PUBLIC_URL" in restored.stdout.partition("these settings differ")[2]
    again = run("backup", second, **embedded)
    assert again.returncode == 0, again.stderr
    first_rows, second_rows = (_rows(manifests.read(Path(folder))) for folder in (backup, second))
    assert second_rows == first_rows
    assert settings.secret_key in next(Path(second).glob("*/secrets.env")).read_text()


def _rows(manifest: Manifest) -> dict[str, object]:
    """Without those of migrations, and of the search, whose documents the migration completes."""
    return {name: rows for name, rows in manifest.rows.items() if not name.startswith(("_yoyo", "yoyo", "search"))}


def test_a_backup_without_a_database_says_so(run: Run, data: Path) -> None:
    embedded = {**EMBEDDED, "SECRET_KEY": "k" * 48, "DATA_DIR": str(data / "data"), "VIDEOFLIX_HOME": str(data)}
    done = run("backup", str(data / "backup"), **embedded)
    assert done.returncode == 1
    assert "there is no database yet" in done.stderr
    assert not (data / "backup").exists()


@pytest.mark.parametrize(
    ("age", "mark", "words"),
    [
        (timedelta(hours=1, minutes=5), Mark.GOOD, "1 hour ago in /mnt/backup, with originals (2.0 MB)"),
        (timedelta(days=3), Mark.GOOD, "3 days ago"),
        (timedelta(days=9), Mark.WARNING, "9 days ago"),
    ],
)
async def test_the_age_of_the_last_backup(settings: Settings, age: timedelta, mark: Mark, words: str) -> None:
    settings.data_dir.mkdir()
    made = datetime.now(UTC) - age
    last = LastBackup(finished_at=made, folder="/mnt/backup", bytes=2_000_000, has_originals=True, has_films=False)
    last_backup.write(settings.data_dir, last)
    (finding,) = [finding async for finding in CHECKS["backup"](settings)]
    assert finding.mark is mark
    assert words in finding.message


async def test_films_without_a_backup_are_a_warning(settings: Settings, publish: Publish) -> None:
    assert [finding.mark async for finding in CHECKS["backup"](settings)] == [Mark.GOOD]
    await publish("A film")
    (finding,) = [finding async for finding in CHECKS["backup"](settings)]
    assert (finding.mark, finding.message) == (Mark.WARNING, "there is none yet; bin/backup DIR makes one")
