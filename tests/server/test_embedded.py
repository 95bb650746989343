"""Where the private services keep their things, when others are on the machine as well."""

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
    """Where also the user gets that PostgreSQL runs as when we are root; pytest's own is closed."""
    folder = Path(tempfile.mkdtemp(prefix="vf", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedPaths:
    """One whose path is too long for sockets."""
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
def test_what_a_stranger_has_put_in_the_place_of_our_socket_folder_is_refused(
    place: EmbeddedPaths, tmp_path: Path, plant: Callable[[Path, Path], None], *, inner: bool
) -> None:
    folder = place.redis_socket if inner else place.redis_socket.parent
    if inner:
        folder.parent.mkdir()
    plant(folder, tmp_path / "elsewhere")
    with pytest.raises(EmbeddedError, match="remove it"):
        redisserver.prepare(place)
    assert not list(folder.glob("*"))


def test_our_own_socket_folder_is_closed_again_if_it_was_open(place: EmbeddedPaths) -> None:
    place.redis_socket.mkdir(parents=True)
    place.redis_socket.chmod(0o777)
    place.redis_socket.parent.chmod(0o777)
    redisserver.prepare(place)
    assert place.redis_socket.stat().st_mode & 0o777 == 0o700
    assert place.redis_socket.parent.stat().st_mode & 0o777 == (0o711 if place.account else 0o700)


def test_the_password_of_a_database_that_may_be_running_is_replaced_by_its_start_alone(tmp_path: Path) -> None:
    environ = {"DATA_DIR": str(tmp_path), "VIDEOFLIX_HOME": str(tmp_path), "PATH": ""}
    place = embedded.find_paths(tmp_path)
    first = gather(environ)["DB_PASSWORD"]
    assert gather(environ)["DB_PASSWORD"] == first
    place.postgres.mkdir(parents=True)
    place.password_file.write_bytes(b"")
    with pytest.raises(EmbeddedError, match="bin/start"):
        gather(environ)
    assert secretfile.read(place.password_file) == ""
    anew = gather(environ, make_key=True)["DB_PASSWORD"]
    assert anew not in ("", first)
    assert gather(environ)["DB_PASSWORD"] == anew


def test_an_empty_note_of_where_the_database_is_counts_for_none(tmp_path: Path) -> None:
    before = embedded.find_paths(tmp_path)
    before.home_file.parent.mkdir()
    before.home_file.write_bytes(b"")
    assert embedded.find_paths(tmp_path) == before


def test_one_at_a_time_has_a_cluster_and_a_server_that_was_left_alone_counts(tmp_path: Path) -> None:
    place = embedded.find_paths(tmp_path)
    held = pgcluster.lock(place)
    assert held is not None
    assert pgcluster.lock(place) is None
    inherited = os.dup(held)  # as by a PostgreSQL whose start was killed
    os.close(held)
    assert pgcluster.lock(place) is None
    os.close(inherited)
    again = pgcluster.lock(place)
    assert again is not None
    os.close(again)
