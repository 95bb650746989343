"""The data folder (cluster) of the private PostgreSQL: made once, locked by those who use it, and made fit for a
start after a power cut, or after it was copied while it was in use."""

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
# In the cluster: the hash of the password that OWNER has there.
PASSWORD_HASH = "videoflix_password"


def prepare(place: EmbeddedPaths) -> None:
    """Make the folders and, once, the cluster. Raises EmbeddedError, OSError."""
    if not place.programs.exists():
        pgserver.copy_programs()
    own_folder(place.postgres.parent)  # others pass through, and see nothing
    socket_folder(place.postgres_socket, place, place.account)
    if not place.postgres.exists():
        if any(place.data.glob("media/originals/*")):
            raise EmbeddedError(
                f"{place.data} has films, but their database, {place.postgres}, is gone: bring it back, or move "
                "the folder media away to begin anew"
            )
        _make(place)
        if place.postgres.parent != place.data:
            durable.write(place.home_file, str(place.postgres.parent))


def lock(place: EmbeddedPaths) -> int | None:
    """A descriptor that locks the cluster while it is open here or in a PostgreSQL that has inherited it; None if
    somebody else has it."""
    descriptor = os.open(place.postgres.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def clear(place: EmbeddedPaths) -> None:
    """Make the cluster, which we have locked, fit for a start. Raises OSError.

    No PostgreSQL uses it: its lock files are left from a crash, or copied, whatever process they name. Even so
    PostgreSQL itself finds by its shared memory whether a child of a crashed one is still at it.
    """
    for file in (place.postgres / "postmaster.pid", *place.postgres_socket.glob(".s.PGSQL.*")):
        file.unlink(missing_ok=True)
    if place.account and place.postgres.stat().st_uid != place.account.uid:  # copied by root
        for path in (place.postgres, *place.postgres.rglob("*")):
            os.chown(path, place.account.uid, place.account.gid, follow_symlinks=False)
    place.postgres.chmod(0o700)


def is_ready(place: EmbeddedPaths) -> bool:
    """Whether it takes connections, as it tells pg_ctl: the eighth line of its lock file. Asking it too early would
    fill the log."""
    try:
        lines = (place.postgres / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def ensure_password(place: EmbeddedPaths) -> None:
    """Give OWNER the password of the file, which may be newer than the cluster. Raises EmbeddedError, OSError."""
    password, mark = secretfile.make(place.password_file), place.postgres / PASSWORD_HASH
    if secretfile.read(mark) == _hash(password):
        return
    quoted = password.replace("'", "''")
    done = subprocess.run(
        [
            *(str(place.programs / "postgres"), "--single", "-D", str(place.postgres)),
            *("-c", "exit_on_error=on", "-c", "log_min_messages=fatal", "postgres"),
        ],
        input=f"ALTER ROLE {OWNER} PASSWORD '{quoted}'\n",
        capture_output=True,
        text=True,
        check=False,
        **(process_options(place.account, signal.SIGKILL) | {"stdin": None}),  # type: ignore[call-overload]
    )
    if done.returncode:
        raise EmbeddedError(f"PostgreSQL cannot set its owner's password: {done.stderr.strip()[-400:]}")
    durable.write(mark, _hash(password))


def ensure_database(place: EmbeddedPaths, name: str, user: str, password: str) -> None:
    """The role and the database that the configuration names. Raises psycopg.OperationalError."""
    import psycopg
    from psycopg import sql

    owner = secretfile.read(place.password_file)
    with psycopg.connect(
        host=str(place.postgres_socket), user=OWNER, password=owner, dbname="postgres", autocommit=True
    ) as connection:
        role, words = sql.Identifier(user), sql.Literal(password)
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (user,)).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, words))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), role))


def _make(place: EmbeddedPaths) -> None:
    fresh = place.postgres.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    password = place.postgres_socket / "password"
    password.unlink(missing_ok=True)
    password.touch(mode=0o600)
    words = secretfile.make(place.password_file)
    password.write_text(words)
    if place.account:
        for path in (fresh, password):
            os.chown(path, place.account.uid, place.account.gid)
    made = subprocess.run(
        [
            str(place.programs / "initdb"),
            *("-D", str(fresh), "-U", OWNER, "--pwfile", str(password), "--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale-provider", "builtin", "--locale", "C.UTF-8"),
            *("--no-instructions",),
        ],
        capture_output=True,
        text=True,
        check=False,
        **process_options(place.account, signal.SIGKILL),  # type: ignore[call-overload]
    )
    password.unlink()
    if made.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise EmbeddedError(f"PostgreSQL cannot make its data folder: {made.stderr.strip()[-400:]}")
    durable.write(fresh / PASSWORD_HASH, _hash(words))
    fresh.rename(place.postgres)
    durable.sync(place.postgres.parent)


def _hash(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
