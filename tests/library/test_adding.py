"""A film is added with its original and its rows, whatever breaks meanwhile."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.fixtures.media import Media
from tests.fixtures.store import Fault, Store
from videoflix.db.pool import Connection, Database, open_database
from videoflix.errors import DatabaseUnavailable, UploadClosed
from videoflix.library.adding import add_film
from videoflix.library.models import VideoText
from videoflix.settings import Settings
from videoflix.storage import names
from videoflix.storage.storage import Storage

BLOCK = 65536


@pytest.fixture
async def database_that_breaks(settings: Settings) -> AsyncIterator[Database]:
    """It commits, and then the connection breaks before the client gets the answer."""

    async def serve(client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        server, requests = await asyncio.open_unix_connection(f"{settings.db_host}/.s.PGSQL.{settings.db_port}")
        answering = asyncio.create_task(_forward(server, answers))
        while block := await client.read(BLOCK):
            if is_over := b"COMMIT" in block:
                answering.cancel()
                await asyncio.wait({answering})
            requests.write(block)
            if is_over:
                await server.read(BLOCK)
                break
        answering.cancel()
        for writer in (requests, answers):
            writer.close()
            await writer.wait_closed()

    listening = await asyncio.start_server(serve, "127.0.0.1")
    port: int = listening.sockets[0].getsockname()[1]
    opened = await open_database(replace(settings, db_host="127.0.0.1", db_port=port), most=1)
    yield opened
    await opened.close()
    listening.close()


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while block := await reader.read(BLOCK):
        writer.write(block)


async def test_a_film_that_was_committed_without_an_answer_keeps_its_original(
    database_that_breaks: Database, database: Database, storage: Media
) -> None:
    with storage.stage() as folder:
        staged = folder / "original"
        staged.write_bytes(b"film")
        with pytest.raises(DatabaseUnavailable):
            await add_film(database_that_breaks, storage, staged, VideoText("Film", "", "Drama"))
    async with database.connection() as connection:
        video_id = await connection.fetchval("SELECT id FROM videos")
    assert storage.original(video_id).read_bytes() == b"film"


async def test_no_transaction_waits_for_an_original_on_its_way_to_a_store(
    in_store: str, s3: Storage, store: Store, database: Database
) -> None:
    sent = threading.Event()
    store.faults = [Fault(f"PUT /{in_store}/our/films/originals/", held=sent)]
    with s3.stage() as folder:
        (folder / "original").write_bytes(b"film")
        adding = asyncio.create_task(add_film(database, s3, folder / "original", VideoText("Film", "", "Drama")))
        async with asyncio.timeout(60):
            while not any("/originals/" in request for request in store.requests):
                await asyncio.sleep(0.01)
        async with database.connection() as connection:
            query = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in %'"
            )
            assert await connection.fetchval(query) == 0
        sent.set()
        assert s3.read(names.original(await adding)) == b"film"


async def test_a_film_whose_rows_are_refused_leaves_no_original(database: Database, storage: Media) -> None:
    async def refuse(connection: Connection, video_id: int) -> None:
        raise UploadClosed

    with storage.stage() as folder:
        (folder / "original").write_bytes(b"film")
        with pytest.raises(UploadClosed):
            await add_film(database, storage, folder / "original", VideoText("Film", "", "Drama"), also=refuse)
    assert storage.originals() == []
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM videos") == 0
