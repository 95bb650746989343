"""A film is added with its original and its rows, whatever breaks meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.fixtures.media import Media
from videoflix.db.pool import Database, open_database
from videoflix.errors import DatabaseUnavailable
from videoflix.library.adding import add_film
from videoflix.library.models import VideoText
from videoflix.settings import Settings

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
