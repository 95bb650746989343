"""Runs pg_dump and pg_restore, and compares the rows."""

import asyncio
import os
import signal
from pathlib import Path

from videoflix.backup import client_programs, queries
from videoflix.backup.models import Manifest, TableRows
from videoflix.db.pool import Connection, Database
from videoflix.errors import BackupError, DiskFull
from videoflix.server.children import die_with_parent, environment
from videoflix.settings import Settings
from videoflix.storage.disk_errors import FULL, check_disk


async def dump(settings: Settings, server: int, snapshot: str, target: Path) -> int:
    """Write what a snapshot sees, and return the major version of pg_dump. Raises BackupError or DiskFull."""
    program = await asyncio.to_thread(client_programs.find_dump, server)
    # Owners and privileges are those of the server that it is restored on.
    options = ("--format=custom", "--compress=1", "--no-owner", "--no-privileges", "--no-password")
    try:
        await _run(settings, [str(program.path), *options, f"--snapshot={snapshot}", f"--file={target}"])
    except BackupError:
        await asyncio.to_thread(check_disk, target.parent)
        raise
    return program.major


async def find_program(connection: Connection, manifest: Manifest) -> Path:
    """The pg_restore for this server and a backup. Raises BackupError if there is none, or if the server is older
    than the one of the backup."""
    server = await queries.server_version(connection)
    if server < manifest.server:
        raise BackupError(
            f"the backup is of PostgreSQL {manifest.server}, and this one is older ({server}). Update it first"
        )
    return (await asyncio.to_thread(client_programs.find_restore, server, manifest.program)).path


async def load(settings: Settings, database: Database, manifest: Manifest, program: Path, dump: Path) -> None:
    """Restore a dump into a database without tables, and compare the rows with the manifest. Raises BackupError
    or DiskFull."""
    options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password")
    await _run(settings, [str(program), *options, f"--dbname={_escaped(settings.db_name)}", str(dump)])
    async with database.transaction() as connection:
        await queries.prepare_comparison(connection)
        _compare(manifest.rows, await queries.rows(connection))


def _compare(before: dict[str, TableRows], after: dict[str, TableRows]) -> None:
    """Raises BackupError if a table differs."""
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            counts = [str(rows.count) if rows else "no" for rows in (before.get(name), after.get(name))]
            raise BackupError(
                f"the restored table {name} differs from the one of the backup ({counts[0]} rows before, "
                f"{counts[1]} rows now)"
            )


def _escaped(name: str) -> str:
    """As a connection string: a plain name with = in it would be taken for one."""
    return "dbname='" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"


async def _run(settings: Settings, command: list[str]) -> None:
    """Run a program with the connection of the settings. Raises BackupError with what it said, or DiskFull."""
    connection = {
        "PGHOST": settings.db_host,
        "PGPORT": str(settings.db_port),
        "PGUSER": settings.db_user,
        "PGPASSWORD": settings.db_password,
        "PGDATABASE": settings.db_name,
        "PGCONNECT_TIMEOUT": "10",
    }
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment() | {"LC_ALL": "C"} | {name: value for name, value in connection.items() if value},
        start_new_session=True,  # Ctrl-C is for us
        preexec_fn=die_with_parent(signal.SIGKILL),
    )
    try:
        _, said = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        words = said.decode("utf-8", "replace").strip().splitlines()
        if any(os.strerror(number) in line for line in words for number in FULL):
            raise DiskFull
        raise BackupError(f"{Path(command[0]).name} failed: {' / '.join(words[:3])}")
