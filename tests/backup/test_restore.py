"""A library comes back as it was: accounts, films, positions and lists. What fails leaves nothing behind."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec import structs
from yarl import URL

from tests.films import Films
from tests.fixtures.app import Client
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.media import Media
from tests.fixtures.published import Publish
from tests.fixtures.services import EMAIL, PASSWORD, Services
from videoflix.app import create_app
from videoflix.backup import manifest as manifests
from videoflix.backup import queries
from videoflix.backup.check import check
from videoflix.backup.create import Large, back_up
from videoflix.backup.missing import Incomplete
from videoflix.backup.models import Manifest, TableRows
from videoflix.backup.restore import restore
from videoflix.db.migrations import names, open_backend, pending
from videoflix.db.pool import Database, open_database
from videoflix.errors import BackupError, MigrationFailed
from videoflix.schema import migrate
from videoflix.server.stack import StackError, single_instance
from videoflix.settings import Settings
from videoflix.storage import last_backup
from videoflix.storage.folders import sizes
from videoflix.watching.resources import RECORDER

Start = Callable[..., Awaitable[Client]]
KEY = "k" * 48
ROWS = Large(originals=False, films=False)


@pytest.fixture
def make_target(services: Services, settings: Settings, tmp_path: Path) -> Iterator[Callable[[], Settings]]:
    """Settings with an empty database and an empty data folder."""
    made: list[str] = []

    def make_target() -> Settings:
        made.append(f"restored_{uuid4().hex}")
        services.execute(f"CREATE DATABASE {made[-1]} OWNER videoflix")
        return replace(settings, db_name=made[-1], data_dir=tmp_path / made[-1])

    yield make_target
    for name in made:
        services.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _quiet(_stage: str, _done: float) -> None:
    """Nobody watches the progress."""


async def _back_up(settings: Settings, folder: Path, large: Large = ROWS) -> Manifest:
    await back_up(settings, {"SECRET_KEY": KEY, "PUBLIC_URL": "http://tv"}, folder, large, _quiet)
    return await check(folder, _quiet)


async def _restore(target: Settings, folder: Path) -> Incomplete:
    return await restore(target, folder, await check(folder, _quiet), KEY, _quiet)


async def test_a_library_comes_back_as_it_was(
    worker: None,
    bring: Bring,
    wait: Wait,
    films: Films,
    logged_in: Client,
    settings: Settings,
    storage: Media,
    database: Database,
    tmp_path: Path,
    make_target: Callable[[], Settings],
    aiohttp_client: Start,
) -> None:
    video = await bring(films.make())
    await wait(video)
    await _until_idle(database)
    body = {"position": 1.5, "duration": 3, "session": "a"}
    assert (await logged_in.put(f"/api/me/progress/{video}/", json=body)).status == 204
    await logged_in.app[RECORDER].flush()
    assert (await logged_in.put(f"/api/me/list/{video}/")).status == 204

    complete, without_films = tmp_path / "complete", tmp_path / "without films"
    manifest = await _back_up(settings, complete, Large(originals=True, films=True))
    assert (complete / manifest.run / manifests.SETTINGS).read_text() == "PUBLIC_URL='http://tv'\n"
    assert (complete / manifest.run / manifests.SECRETS).read_text() == f"SECRET_KEY='{KEY}'\n"
    assert (complete / manifest.run / manifests.SECRETS).stat().st_mode & 0o777 == 0o600
    await _back_up(settings, without_films, Large(originals=True, films=False))
    last = last_backup.read(settings.data_dir)
    assert last and (last.folder, last.has_originals, last.has_films) == (str(without_films), True, False)

    target = make_target()
    assert await _restore(target, complete) == Incomplete([], [])
    assert (target.data_dir / "secrets" / "secret_key").read_text() == KEY
    client = await aiohttp_client(create_app(target))
    await _check_library(client, video, Media.of(target), storage)

    again = make_target()
    found = await _restore(again, without_films)
    assert ([one.id for one in found.queued], found.lost) == ([video], [])
    restored = await open_database(again, most=1)
    assert await _open_jobs(restored) == ["storyboard", "thumbnail", "unit"]
    await restored.close()


async def _open_jobs(database: Database) -> list[str]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT kind FROM jobs WHERE state <> 'done' ORDER BY kind")
    return [row["kind"] for row in rows]


async def _until_idle(database: Database) -> None:
    """Thumbnail and storyboard are made after the film is ready."""
    async with asyncio.timeout(60):
        while await _open_jobs(database):
            await asyncio.sleep(0.05)


async def _check_library(client: Client, video: int, restored: Media, original: Media) -> None:
    """The account logs in, the film plays, and what was watched is there."""
    assert (await client.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})).status == 200
    progress = await (await client.get(f"/api/me/progress/{video}/")).json()
    assert progress["position"] == 1.5
    listed = await (await client.get("/api/me/list/")).json()
    assert [card["id"] for card in listed["items"]] == [video]
    playlist = await client.get(f"/api/video/{video}/480p/index.m3u8")
    name = next(line for line in (await playlist.text()).splitlines() if not line.startswith("#"))
    segment = await client.get(playlist.url.join(URL(name)).path_qs)
    assert await segment.read() == original.segment((video, 1, 480, 0)).read_bytes()
    assert (await client.get(f"/api/video/{video}/thumbnail.jpg")).status == 200
    assert restored.original(video).read_bytes() == original.original(video).read_bytes()


async def test_a_library_in_use_or_with_contents_is_not_overwritten(
    client: Client,
    admin: int,
    publish: Publish,
    settings: Settings,
    database: Database,
    tmp_path: Path,
    make_target: Callable[[], Settings],
) -> None:
    video = await publish("Film")
    folder = tmp_path / "backup"
    await _back_up(settings, folder, Large(originals=False, films=True))
    with pytest.raises(BackupError, match=r"Videoflix uses the database .* Stop its web server and its workers"):
        await _restore(settings, folder)
    target = make_target()
    async with single_instance(settings.data_dir):
        with pytest.raises(StackError, match="already running with the data folder"):
            await _restore(settings, folder)
    await client.close()
    await database.close()
    with pytest.raises(BackupError, match=r"is not empty: it has the tables .* Nothing was changed"):
        await _restore(settings, folder)

    other = Media.of(target).segment((video, 1, 480, 0))
    other.parent.mkdir(parents=True)
    other.write_bytes(b"another film")
    with pytest.raises(BackupError, match=r"differ from those of the backup: media/films/1/1/480p/000\.ts"):
        await _restore(target, folder)
    other.unlink()
    assert (await _restore(target, folder)).lost == []


async def test_what_cannot_be_restored_leaves_nothing_behind(
    admin: int, publish: Publish, settings: Settings, tmp_path: Path, make_target: Callable[[], Settings]
) -> None:
    await publish("Film")
    folder = tmp_path / "backup"
    manifest = await _back_up(settings, folder, Large(originals=False, films=True))
    target = make_target()
    odd = structs.replace(manifest, rows={**manifest.rows, "users": TableRows(7, "0")})
    with pytest.raises(BackupError, match=r"table users differs .* \(7 rows before, 1 rows now\)"):
        await restore(target, folder, odd, KEY, _quiet)
    with pytest.raises(BackupError, match="PostgreSQL 99, and this one is older"):
        await restore(target, folder, structs.replace(manifest, server=99), KEY, _quiet)
    in_the_way = target.data_dir / "secrets" / "secret_key"
    in_the_way.mkdir(parents=True)  # the key is written last
    with pytest.raises(IsADirectoryError):
        await _restore(target, folder)
    in_the_way.rmdir()
    assert not sizes(Media.of(target).root)
    assert not (target.data_dir / "secrets" / "secret_key").exists()
    assert pending(target) == names()
    assert (await _restore(target, folder)).lost == []


async def test_no_server_uses_a_database_whose_restore_was_interrupted(
    publish: Publish, settings: Settings, database: Database, tmp_path: Path, make_target: Callable[[], Settings]
) -> None:
    """The process was killed, or the disk is so full that PostgreSQL has ended."""
    video = await publish("Film")
    folder = tmp_path / "backup"
    await _back_up(settings, folder)
    target = make_target()
    await _restore(target, folder)
    restored = await open_database(target, most=1)
    async with restored.transaction() as connection:
        await queries.mark_unfinished(connection)
    with pytest.raises(MigrationFailed, match=r"was interrupted. Run bin/restore again"):
        migrate(target)
    with pytest.raises(BackupError, match=r"was interrupted. Run bin/restore again"):
        await _back_up(target, tmp_path / "another")
    await restored.close()
    assert [one.id for one in (await _restore(target, folder)).lost] == [video]
    assert migrate(target) == []


async def test_an_older_backup_is_migrated_and_films_without_files_are_named(
    publish: Publish, settings: Settings, database: Database, tmp_path: Path, make_target: Callable[[], Settings]
) -> None:
    video = await publish("Film & more")
    backend, migrations = open_backend(settings)
    with backend.lock():
        backend.rollback_migrations(backend.to_rollback(migrations)[:1])
    backend.connection.close()
    manifest = await _back_up(settings, tmp_path / "backup")
    assert manifest.migrations == names()[:-1]
    target = make_target()
    found = await _restore(target, tmp_path / "backup")
    assert pending(target) == []
    assert [one.id for one in found.lost] == [video]
