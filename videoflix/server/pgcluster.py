"""The data folder (cluster) of the embedded PostgreSQL: created once, locked while it is in use, and repaired
before a start after a power cut, or after it was copied while in use."""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess

from videoflix import durable
from videoflix.errors import EmbeddedError
from videoflix.server import pgserver, secretfile
from videoflix.server.embedded import EmbeddedPaths, own_folder, process_options, socket_folder

OWNER = "videoflix_embedded"
# A file in the cluster with the hash of OWNER's current password.
PASSWORD_HASH = "videoflix_password"


def prepare(paths: EmbeddedPaths, *, has_films: bool = False) -> None:
    """Create the folders and, the first time, the cluster. Raises EmbeddedError, OSError.

    With `has_films` the folder may contain films already: their database is about to be restored.
    """
    if not paths.programs.exists():
        pgserver.copy_programs()
    own_folder(paths.postgres.parent)  # other users can pass through, but not list it
    socket_folder(paths.postgres_socket, paths, paths.account)
    if not paths.postgres.exists():
        if not has_films and any(paths.data.glob("media/originals/*")):
            raise EmbeddedError(
                f"{paths.data} contains films, but their database, {paths.postgres}, is missing. Restore it with "
                "bin/restore, or move the folder media away to start with an empty library"
            )
        _create(paths)
        if paths.postgres.parent != paths.data:
            durable.write(paths.home_file, str(paths.postgres.parent))


def lock(paths: EmbeddedPaths) -> int | None:
    """Lock the cluster. The lock lasts while the descriptor is open, here or in a PostgreSQL that has inherited it.

    Returns None if it is locked already.
    """
    descriptor = os.open(paths.postgres.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def clear(paths: EmbeddedPaths) -> None:
    """Remove stale lock files from the cluster, which must be locked, and repair its permissions. Raises OSError.

    The lock shows that no PostgreSQL uses the cluster, so its lock files are from a crash or a copy, whatever process
    they name. PostgreSQL itself still detects children of a crashed server, by its shared memory.
    """
    for file in (paths.postgres / "postmaster.pid", *paths.postgres_socket.glob(".s.PGSQL.*")):
        file.unlink(missing_ok=True)
    if paths.account and paths.postgres.stat().st_uid != paths.account.uid:  # copied by root
        for path in (paths.postgres, *paths.postgres.rglob("*")):
            os.chown(path, paths.account.uid, paths.account.gid, follow_symlinks=False)
    paths.postgres.chmod(0o700)


def is_ready(paths: EmbeddedPaths) -> bool:
    """Whether it accepts connections, from the line of its lock file that pg_ctl reads too. Connecting too early
    would fill the log with errors."""
    try:
        lines = (paths.postgres / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def ensure_password(paths: EmbeddedPaths) -> None:
    """Set OWNER's password to that in the file, if the file is newer. Raises EmbeddedError, OSError."""
    password, mark = secretfile.make(paths.password_file), paths.postgres / PASSWORD_HASH
    if secretfile.read(mark) == _hash(password):
        return
    quoted = password.replace("'", "''")
    done = subprocess.run(
        [
            *(str(paths.programs / "postgres"), "--single", "-D", str(paths.postgres)),
            *("-c", "exit_on_error=on", "-c", "log_min_messages=fatal", "postgres"),
        ],
        input=f"ALTER ROLE {OWNER} PASSWORD '{quoted}'\n",
        capture_output=True,
        text=True,
        check=False,
        **(process_options(paths.account, signal.SIGKILL) | {"stdin": None}),  # type: ignore[call-overload]
    )
    if done.returncode:
        raise EmbeddedError(f"PostgreSQL cannot set the password of its owner: {done.stderr.strip()[-400:]}")
    durable.write(mark, _hash(password))


def ensure_database(paths: EmbeddedPaths, name: str, user: str, password: str) -> None:
    """Create the configured role and database if they do not exist. Raises psycopg.OperationalError."""
    import psycopg
    from psycopg import sql

    owner = secretfile.read(paths.password_file)
    with psycopg.connect(
        host=str(paths.postgres_socket), user=OWNER, password=owner, dbname="postgres", autocommit=True
    ) as connection:
        role, secret = sql.Identifier(user), sql.Literal(password)
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (user,)).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, secret))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), role))


def _create(paths: EmbeddedPaths) -> None:
    fresh = paths.postgres.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    password = secretfile.make(paths.password_file)
    password_file = paths.postgres_socket / "password"
    password_file.unlink(missing_ok=True)
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    if paths.account:
        for path in (fresh, password_file):
            os.chown(path, paths.account.uid, paths.account.gid)
    made = subprocess.run(
        [
            str(paths.programs / "initdb"),
            *("-D", str(fresh), "-U", OWNER, "--pwfile", str(password_file), "--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale-provider", "builtin", "--locale", "C.UTF-8"),
            *("--no-instructions",),
        ],
        capture_output=True,
        text=True,
        check=False,
        **process_options(paths.account, signal.SIGKILL),  # type: ignore[call-overload]
    )
    password_file.unlink()
    if made.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise EmbeddedError(f"PostgreSQL cannot create its data folder: {made.stderr.strip()[-400:]}")
    durable.write(fresh / PASSWORD_HASH, _hash(password))
    fresh.rename(paths.postgres)
    durable.sync(paths.postgres.parent)


def _hash(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
