"""The folders of the embedded services on a machine with other users."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from videoflix.cli.configuration import gather
from videoflix.errors import EmbeddedError
from videoflix.server import embedded, pgcluster, redisserver, secretfile
from videoflix.server.embedded import EmbeddedPaths

STRANGER = 4711


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder that the user of PostgreSQL can access if we are root, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="vf", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedPaths:
    """A folder whose path is too long for sockets."""
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    monkeypatch.setattr("tempfile.tempdir", str(shared))
    data = tmp_path / ("long" * 25)
    data.mkdir(mode=0o711)
    found = embedded.find_paths(data)
    assert found.redis_socket.parent.parent == shared
    return found


def _a_link(folder: Path, elsewhere: Path) -> None:
    elsewhere.mkdir()
    folder.symlink_to(elsewhere)


def _a_dangling_link(folder: Path, elsewhere: Path) -> None:
    folder.symlink_to(elsewhere)


def _a_file(folder: Path, elsewhere: Path) -> None:
    folder.touch()


def _a_stranger_s(folder: Path, elsewhere: Path) -> None:
    folder.mkdir()
    os.chown(folder, STRANGER, STRANGER)


@pytest.mark.parametrize("inner", [False, True])
@pytest.mark.parametrize(
    "plant",
    [
        _a_link,
        _a_dangling_link,
        _a_file,
        pytest.param(_a_stranger_s, marks=pytest.mark.skipif(os.getuid() != 0, reason="root alone can chown")),
    ],
)
def test_a_socket_folder_of_another_user_is_refused(
    place: EmbeddedPaths, tmp_path: Path, plant: Callable[[Path, Path], None], *, inner: bool
) -> None:
    folder = place.redis_socket if inner else place.redis_socket.parent
    if inner:
        folder.parent.mkdir()
    plant(folder, tmp_path / "elsewhere")
    with pytest.raises(EmbeddedError, match="Remove it"):
        redisserver.prepare(place)
    assert not list(folder.glob("*"))


def test_the_permissions_of_our_socket_folder_are_restored(place: EmbeddedPaths) -> None:
    place.redis_socket.mkdir(parents=True)
    place.redis_socket.chmod(0o777)
    place.redis_socket.parent.chmod(0o777)
    redisserver.prepare(place)
    assert place.redis_socket.stat().st_mode & 0o777 == 0o700
    assert place.redis_socket.parent.stat().st_mode & 0o777 == (0o711 if place.account else 0o700)


def test_only_a_start_replaces_a_lost_database_password(tmp_path: Path) -> None:
    environ = {"DATA_DIR": str(tmp_path), "VIDEOFLIX_HOME": str(tmp_path), "PATH": ""}
    place = embedded.find_paths(tmp_path)
    first = gather(environ)["DB_PASSWORD"]
    assert gather(environ)["DB_PASSWORD"] == first
    place.postgres.mkdir(parents=True)
    place.password_file.write_bytes(b"")
    with pytest.raises(EmbeddedError, match="bin/start"):
        gather(environ)
    assert secretfile.read(place.password_file) == ""
    replaced = gather(environ, make_key=True)["DB_PASSWORD"]
    assert replaced not in ("", first)
    assert gather(environ)["DB_PASSWORD"] == replaced


def test_an_empty_home_file_is_ignored(tmp_path: Path) -> None:
    before = embedded.find_paths(tmp_path)
    before.home_file.parent.mkdir()
    before.home_file.write_bytes(b"")
    assert embedded.find_paths(tmp_path) == before


def test_a_cluster_is_locked_also_by_a_server_that_outlived_its_start(tmp_path: Path) -> None:
    place = embedded.find_paths(tmp_path)
    held = pgcluster.lock(place)
    assert held is not None
    assert pgcluster.lock(place) is None
    inherited = os.dup(held)  # as in a PostgreSQL whose supervisor was killed
    os.close(held)
    assert pgcluster.lock(place) is None
    os.close(inherited)
    again = pgcluster.lock(place)
    assert again is not None
    os.close(again)
