import asyncio
import signal
from collections.abc import Callable

from tests.fixtures.services import Services
from videoflix.db.notifications import listening
from videoflix.db.pool import Database
from videoflix.library.adding import queue_encode
from videoflix.library.queries import videos
from videoflix.settings import Settings


async def _until(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_true():
            await asyncio.sleep(0.01)


async def test_a_change_is_notified_when_it_is_committed(settings: Settings, database: Database) -> None:
    heard: list[int | None] = []
    async with listening(settings, {"videos": heard.append}):
        await _until(lambda: heard == [None])
        async with database.connection() as connection:
            video_id = await videos.insert(connection, "Film", "", "")
            await _until(lambda: heard[-1] == video_id)
            del heard[:]
            transaction = connection.transaction()
            await transaction.start()
            await queue_encode(connection, video_id)
            assert heard == []
            await transaction.commit()
            await _until(lambda: heard == [video_id])
            await videos.remove(connection, video_id)
            await _until(lambda: set(heard) == {video_id} and len(heard) > 1)


async def test_after_a_lost_connection_any_video_may_have_changed(
    restartable_services: Services, settings: Settings
) -> None:
    heard: list[int | None] = []
    async with listening(settings, {"videos": heard.append}):
        await _until(lambda: heard == [None])
        restartable_services.stop("postgres", signal.SIGINT)
        await _until(lambda: heard == [None, None])
        restartable_services.start_postgres()
        await _until(lambda: heard == [None, None, None])


async def test_notifications_resume_after_connections_were_refused(services: Services, settings: Settings) -> None:
    heard: list[int | None] = []
    name = settings.db_name
    async with listening(settings, {"videos": heard.append}):
        await _until(lambda: heard == [None])
        services.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        services.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", name)
        await _until(lambda: heard == [None, None])
        await asyncio.sleep(0.1)  # connections are refused meanwhile
        services.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await _until(lambda: heard == [None, None, None])


async def test_a_film_with_a_large_caption_file_is_notified(settings: Settings, database: Database) -> None:
    """PostgreSQL limits a notification to 8,000 bytes, and a description has up to 5,000 characters."""
    captions = "INSERT INTO captions (video_id, language, name, text) VALUES ($1, 'de', 'Deutsch', $2)"
    heard: list[int | None] = []
    async with listening(settings, {"videos": heard.append}):
        await _until(lambda: heard == [None])
        async with database.connection() as connection:
            video_id = await videos.insert(connection, "Film", "ü" * 5000, "")
            changes = (
                (captions, (video_id, f"WEBVTT\n\n{'x' * 5_000_000}")),
                ("UPDATE captions SET text = text || 'y' WHERE video_id = $1", (video_id,)),
                ("UPDATE videos SET description = repeat('ü', 5000) || 'y' WHERE id = $1", (video_id,)),
                ("DELETE FROM captions WHERE video_id = $1", (video_id,)),
            )
            await _until(lambda: heard == [None, video_id])
            for statement, values in changes:
                del heard[:]
                await connection.execute(statement, *values)
                await _until(lambda: heard == [video_id])
