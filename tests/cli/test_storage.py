"""`storage move` moves films between the disk and a bucket while they are watched; nothing is lost or served half."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from rich.console import Console

from tests.fixtures.app import Client
from tests.fixtures.media import Media
from tests.fixtures.published import AddAudio, Publish, content_of
from tests.fixtures.services import EMAIL, PASSWORD
from tests.fixtures.store import Fault, Store
from videoflix.__main__ import main
from videoflix.app import create_app
from videoflix.cli.storage import _move_all
from videoflix.cli.storage_report import report
from videoflix.db.pool import Database
from videoflix.library.inventory import take
from videoflix.settings import Settings
from videoflix.storage import names
from videoflix.storage.both import BothStorage
from videoflix.storage.storage import Storage

LABELS = (480, 720)
LARGE = os.urandom(17 * 1024 * 1024)  # is sent in parts

Start = Callable[[Settings], Awaitable[Client]]


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videoflix.storage.s3_store.MAX_RETRIES", 1)
    monkeypatch.setattr("videoflix.storage.s3_store.RETRY_SECONDS", 1)


@pytest.fixture
def to_store(both: BothStorage, environ: dict[str, str]) -> Settings:
    """A server while films are moved to the bucket."""
    return Settings.from_env({**environ, "STORAGE": "s3,local"})


@pytest.fixture
def to_disk(both: BothStorage, environ: dict[str, str]) -> Settings:
    return Settings.from_env({**environ, "STORAGE": "local,s3"})


@pytest.fixture
async def films(publish: Publish, add_audio: AddAudio, storage: Media, database: Database) -> list[int]:
    """Two films with originals, of which one is large; the first has a second audio track."""
    ids = [await publish(f"Film {number}", labels=LABELS) for number in range(2)]
    for track in range(2):
        await add_audio(ids[0], track, "de")
    storage.remove(names.audio(ids[0], 1, 0))  # it is in the video
    async with database.connection() as connection:
        query = "INSERT INTO jobs (encode_id, kind, number, state) SELECT id, 'audio', 1, 'done' FROM encodes LIMIT 1"
        await connection.execute(query)
    for video_id, original in zip(ids, (LARGE, b"a small original"), strict=True):
        storage.original(video_id).write_bytes(original)
        async with database.connection() as connection:
            query = "UPDATE videos SET original_bytes = $2 WHERE id = $1"
            await connection.execute(query, video_id, len(original))
    return ids


@pytest.fixture
def start(aiohttp_client: Callable[..., Awaitable[Client]], admin: int) -> Start:
    """Starts a server, and logs in."""

    async def start(settings: Settings) -> Client:
        client = await aiohttp_client(create_app(settings))
        assert (await client.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})).status == 200
        return client

    return start


def _contents(storage: Storage, films: list[int]) -> dict[str, bytes]:
    found = {name for video_id in films for place in names.of_video(video_id) for name in storage.sizes(place)}
    return {name: storage.read(name) for name in found}


async def _check_segments(client: Client, films: list[int]) -> None:
    """All of the films can be watched, with the right content."""
    for video_id in films:
        for label in LABELS:
            for number in range(3):
                answer = await client.get(f"/api/video/{video_id}/{label}p/{number:03d}.ts?v=1")
                assert (answer.status, await answer.read()) == (200, content_of(1, label, number))
        picture = await client.get(f"/api/video/{video_id}/thumbnail.jpg")
        assert (picture.status, await picture.read()) == (200, b"\xff\xd8\xff picture")
    audio = await client.get(f"/api/video/{films[0]}/audio/1/002.aac?v=1")
    assert (audio.status, await audio.read()) == (200, b"v1 track 1 2")


@asynccontextmanager
async def _watching(client: Client, films: list[int]) -> AsyncIterator[None]:
    """Somebody watches all the time."""
    done = asyncio.Event()

    async def watch() -> None:
        while not done.is_set():
            await _check_segments(client, films)

    watching = asyncio.create_task(watch())
    yield
    done.set()
    await watching


async def test_films_move_there_and_back_while_they_are_watched(
    films: list[int],
    to_store: Settings,
    to_disk: Settings,
    start: Start,
    both: BothStorage,
    database: Database,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = _contents(both.disk, films)
    async with _watching(await start(to_store), films):
        assert await _move_all(to_store, "s3", dry_run=False) == 0
    said = capsys.readouterr().out
    assert "moved 2 films to the bucket (17.8 MB)" in said
    assert "Set STORAGE=s3 on every host, and restart." in said
    assert _contents(both.store, films) == before
    assert _contents(both.disk, films) == {}
    assert not both.abandoned_staging()
    for storage in (both.store, both):
        found = await take(database, storage)
        assert (found.missing, found.orphans, found.strangers) == ([], [], [])
    assert await _move_all(to_store, "s3", dry_run=False) == 0
    assert "moved 0 films" in capsys.readouterr().out

    async with _watching(await start(to_disk), films):
        assert await _move_all(to_disk, "local", dry_run=False) == 0
    said = capsys.readouterr().out
    assert "moved 2 films to the disk (17.8 MB)" in said
    assert "17.8 MB stay in the bucket for a day" in said
    assert _contents(both.disk, films) == _contents(both.store, films) == before
    assert await report(to_disk, Console(), fix=True) == 0
    assert "disk and database agree" in capsys.readouterr().out
    monkeypatch.setattr("videoflix.cli.storage.KEPT_SECONDS", -1000.0)
    assert await _move_all(to_disk, "local", dry_run=False) == 0
    assert "stay in the bucket" not in capsys.readouterr().out
    assert _contents(both.store, films) == {}
    assert _contents(both.disk, films) == before


async def _before(to: str, to_store: Settings, to_disk: Settings) -> Settings:
    """Have the films where a move to the other place begins. The settings for it."""
    if to == "s3":
        return to_store
    assert await _move_all(to_store, "s3", dry_run=False) == 0
    return to_disk


@pytest.mark.parametrize("to", ["s3", "local"])
async def test_a_move_that_is_killed_is_continued(
    films: list[int],
    to: str,
    to_store: Settings,
    to_disk: Settings,
    start: Start,
    both: BothStorage,
    store: Store,
    environ: dict[str, str],
) -> None:
    before = _contents(both.disk, films)
    settings = await _before(to, to_store, to_disk)
    store.faults = [Fault("PUT" if to == "s3" else "GET", seconds=0.2)]
    store.requests.clear()
    command = [sys.executable, "-m", "videoflix", "storage", "move", "--to", to]
    variables = {**os.environ, **environ, "STORAGE": ",".join(settings.storage)}
    killed = await asyncio.create_subprocess_exec(*command, env=variables, stdout=subprocess.DEVNULL)
    while sum(names.FILMS in request for request in list(store.requests)) < 25:
        assert killed.returncode is None
        await asyncio.sleep(0.02)
    killed.kill()
    await killed.wait()
    store.faults = []
    assert _contents(both, films) == before
    await _check_segments(await start(settings), films)
    assert await _move_all(settings, to, dry_run=False) == 0
    assert _contents(both.store if to == "s3" else both.disk, films) == before
    await _check_segments(await start(settings), films)


async def test_another_content_in_the_bucket_is_replaced(
    films: list[int], to_store: Settings, both: BothStorage, tmp_path: Path
) -> None:
    before = _contents(both.disk, films)
    wrong = {
        names.segment(films[0], 1, 480, 1): b"x" * len(content_of(1, 480, 1)),
        names.segment(films[1], 1, 720, 2): b"half",
        names.original(films[0]): LARGE[:-1] + bytes([LARGE[-1] ^ 1]),
    }
    for name, content in wrong.items():
        (tmp_path / "wrong").write_bytes(content)
        both.store.publish(tmp_path / "wrong", name)
    assert await _move_all(to_store, "s3", dry_run=False) == 0
    assert _contents(both.store, films) == before


async def test_other_bytes_than_were_stored_do_not_get_to_the_disk(
    films: list[int],
    to_store: Settings,
    to_disk: Settings,
    both: BothStorage,
    store: Store,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = _contents(both.disk, films)
    assert await _move_all(to_store, "s3", dry_run=False) == 0
    name = names.segment(films[0], 1, 480, 1)
    store.faults = [Fault(f"GET /{to_disk.s3_bucket}/our/films/{name}", is_garbled=True)]
    assert await _move_all(to_disk, "local", dry_run=False) == 1
    said = capsys.readouterr().out
    assert f"video {films[0]} (Film 0): not moved. The storage cannot be used: it has other bytes" in said
    assert "1 film could not be moved; run this again" in said
    assert _contents(both.disk, films[:1]) == {}
    store.faults = []
    assert await _move_all(to_disk, "local", dry_run=False) == 0
    assert _contents(both.disk, films) == before


@pytest.mark.parametrize("to", ["s3", "local"])
async def test_a_store_that_fails_meanwhile_loses_nothing(
    films: list[int],
    to: str,
    to_store: Settings,
    to_disk: Settings,
    both: BothStorage,
    store: Store,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = _contents(both.disk, films)
    settings = await _before(to, to_store, to_disk)
    name = names.rendition(films[1], 1, 720)
    store.faults = [
        Fault(f"{'PUT' if to == 's3' else 'GET'} /{settings.s3_bucket}/our/films/{name}", status=503, code="SlowDown")
    ]
    assert await _move_all(settings, to, dry_run=False) == 1
    said = capsys.readouterr().out
    assert f"video {films[1]} (Film 1): not moved. The storage cannot be used: it answers SlowDown." in said
    assert f"moved 1 film to the {'bucket' if to == 's3' else 'disk'}" in said
    store.faults = []
    assert _contents(both, films) == before
    assert await _move_all(settings, to, dry_run=False) == 0
    assert _contents(both.store if to == "s3" else both.disk, films) == before


async def test_a_lagging_list_hides_nothing(
    films: list[int], to_store: Settings, to_disk: Settings, both: BothStorage, store: Store, database: Database
) -> None:
    """What was just written is in no list."""
    async with database.connection() as connection:
        await connection.execute("UPDATE encodes SET has_storyboard = true")
    for video_id in films:
        folder = both.disk.path(names.storyboard(video_id, 1))
        folder.mkdir()
        (folder / "cues.vtt").write_text("WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nstoryboard/000.jpg?v=1\n")
        (folder / "000.jpg").write_bytes(b"sheet")
    before = _contents(both.disk, films)
    store.faults = [Fault(f"GET /{to_store.s3_bucket}?list-type=2", lag=60.0)]
    assert await _move_all(to_store, "s3", dry_run=False) == 0
    assert both.store.sizes(names.FILMS) == {}
    assert await _move_all(to_disk, "local", dry_run=False) == 0
    assert _contents(both.disk, films) == before


async def test_what_may_change_is_left_and_told(
    films: list[int], to_store: Settings, both: BothStorage, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    both.disk.path("uploads/of-somebody").write_bytes(b"part")
    both.disk.path(names.original(99)).write_bytes(b"of another database")
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO jobs (encode_id, kind, number) SELECT id, 'thumbnail', 0 FROM encodes WHERE video_id = $1",
            films[0],
        )
    before = _contents(both.disk, films)
    assert await _move_all(to_store, "s3", dry_run=True) == 0
    said = capsys.readouterr().out
    assert "│ Film 1 │     8 │ 0.0 MB │" in said
    assert f"video {films[0]} (Film 0): is being encoded" in said
    assert _contents(both.disk, films) == before
    assert _contents(both.store, films) == {}

    assert await _move_all(to_store, "s3", dry_run=False) == 1
    said = capsys.readouterr().out
    assert "moved 1 film to the bucket" in said
    assert f"video {films[0]} (Film 0): is being encoded, and left for the next run" in said
    assert "1 upload in progress: run this again when they have ended" in said
    assert "1 of the files and folders belong to no video, and stay" in said
    assert "STORAGE=s3" not in said
    assert set(_contents(both.disk, films)) == {name for name in before if name.startswith(names.of_video(films[0]))}


async def test_a_disk_without_room_is_told_before_anything_is_copied(
    films: list[int],
    to_store: Settings,
    both: BothStorage,
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert await _move_all(to_store, "s3", dry_run=False) == 0
    for name, value in {**environ, "STORAGE": "local,s3", "DISK_FLOOR": "999999G"}.items():
        monkeypatch.setenv(name, value)
    assert await asyncio.to_thread(main, ["storage", "move", "--to", "local"]) == 1
    said = capsys.readouterr().err
    assert "videoflix: The films take 17.8 MB, but the disk has only" in said
    assert "Nothing was moved." in said
    assert _contents(both.disk, films) == {}


@pytest.mark.parametrize(
    ("storage", "words", "said"),
    [
        ("local", ["--to", "s3"], "STORAGE=local, but while films are moved to the bucket"),
        ("s3", ["--to", "local"], "Set STORAGE=local,s3 on every host, restart, and run this again"),
        ("local,s3", ["--to", "s3"], "Set STORAGE=s3,local on every host"),
        ("s3,local", ["--to", "tape"], "invalid choice: 'tape'"),
        ("s3,local", [], "the following arguments are required: --to"),
        ("s3,s3", ["--to", "s3"], "STORAGE must be local or s3, or both"),
    ],
)
def test_bad_input_is_refused(
    in_store: str,
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    storage: str,
    words: list[str],
    said: str,
) -> None:
    for name, value in {**environ, "STORAGE": storage}.items():
        monkeypatch.setenv(name, value)
    with suppress(SystemExit):
        assert main(["storage", "move", *words]) == 2
    assert said in capsys.readouterr().err
