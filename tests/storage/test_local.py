import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from videoflix.errors import DiskFull, StorageUnavailable
from videoflix.storage.disk_errors import clear_when_unavailable
from videoflix.storage.local import Storage


def test_a_staged_folder_is_published_by_rename(storage: Storage) -> None:
    with storage.stage() as staged:
        (staged / "480p").mkdir()
        (staged / "480p" / "000.ts").write_bytes(b"new")
        storage.publish_folder(staged / "480p", storage.rung(1, 2, 480))
    assert (storage.rung(1, 2, 480) / "000.ts").read_bytes() == b"new"
    assert storage.labels(1, 2) == (480,)
    assert not staged.exists()


def test_a_published_file_replaces_one_of_its_name(storage: Storage) -> None:
    for content in (b"old", b"new"):
        with storage.stage() as staged:
            (staged / "picture").write_bytes(content)
            storage.publish(staged / "picture", storage.thumbnail(1, 1))
    assert storage.thumbnail(1, 1).read_bytes() == b"new"


def test_earlier_editions_of_a_thumbnail_can_go(storage: Storage) -> None:
    storage.version(1, 1).mkdir(parents=True)
    for edition in (1, 2, 4):
        storage.thumbnail(1, 1, edition).write_bytes(b"x")
    assert storage.thumbnail(1, 1) == storage.version(1, 1) / "thumbnail.jpg"
    storage.remove_thumbnails(1, 1, before=4)
    assert [file.name for file in storage.version(1, 1).iterdir()] == ["thumbnail-4.jpg"]


def test_an_original_never_replaces_another(storage: Storage) -> None:
    storage.original(1).write_bytes(b"the first")
    with storage.stage() as staged:
        (staged / "film").write_bytes(b"another")
        with pytest.raises(FileExistsError):
            storage.keep_original(staged / "film", 1)
    assert storage.original(1).read_bytes() == b"the first"


def test_staging_is_gone_when_the_work_fails(storage: Storage) -> None:
    with pytest.raises(ValueError, match="broken"), storage.stage() as staged:
        (staged / "half").write_bytes(b"x")
        raise ValueError("broken")
    assert not staged.exists()


def _kill_in_staging(storage: Storage) -> Path:
    """A folder whose process was killed while it worked there."""
    script = (
        "import os, signal, sys; from pathlib import Path; from videoflix.storage.staging import staging\n"
        "with staging(Path(sys.argv[1])) as folder:\n"
        "    (folder / 'half').write_bytes(b'x')\n"
        "    print(folder.parent, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    command = [sys.executable, "-c", script, str(storage.root / "staging")]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    return Path(done.stdout.strip())


def test_what_a_killed_process_has_left_is_swept_and_the_work_of_a_living_one_is_not(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = _kill_in_staging(storage)
    with storage.stage() as folder:
        (folder / "half").write_bytes(b"x")
        storage.sweep_staging()
        assert dead.exists()  # it may be of somebody who is about to take his lock
        monkeypatch.setattr("videoflix.storage.staging.QUIET_SECONDS", -1.0)
        assert storage.left_in_staging() == [dead]
        storage.sweep_staging()
        assert not dead.exists()
        assert (folder / "half").exists()


@pytest.mark.parametrize("lock", ["another-machine\n", None], ids=["of another machine", "without a lock"])
def test_where_a_lock_proves_nothing_age_decides(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, lock: str | None
) -> None:
    folder = storage.root / "staging" / "far"
    folder.mkdir()
    if lock:
        (folder / "lock").write_text(lock)
    monkeypatch.setattr("videoflix.storage.staging.QUIET_SECONDS", -1.0)
    storage.sweep_staging()
    assert folder.exists()
    monkeypatch.setattr("videoflix.storage.staging.FAR_QUIET_SECONDS", -1.0)
    storage.sweep_staging()
    assert not folder.exists()


def test_under_the_floor_there_is_no_room(storage: Storage) -> None:
    free = storage.free_bytes()
    storage.check_room(0)
    storage.check_room(free // 2)
    with pytest.raises(DiskFull, match=r"^The disk has .* GB left, and .* GB of them stay free \(DISK_FLOOR\)"):
        storage.check_room(free * 2)
    with pytest.raises(DiskFull, match=r"^The original has .* GB, the disk has .* GB left"):
        storage.check_room(free // 2, free)


def test_a_removed_video_leaves_nothing(storage: Storage) -> None:
    storage.original(5).write_bytes(b"x")
    storage.rung(5, 1, 480).mkdir(parents=True)
    storage.remove_video(5)
    assert not storage.original(5).exists()
    assert not storage.rung(5, 1, 480).parent.parent.exists()
    storage.remove_video(5)


def test_a_copy_tells_how_far_it_is(storage: Storage, tmp_path: Path) -> None:
    source = tmp_path / "film"
    source.write_bytes(b"x" * 9_000_000)
    told: list[int] = []
    with storage.stage() as staged:
        storage.bring_in(source, staged / "copy", told.append)
        assert (staged / "copy").stat().st_size == 9_000_000
    assert told == [4_194_304, 8_388_608, 9_000_000]


@pytest.mark.parametrize(
    "number",
    ["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO", "ENODEV", "ESTALE", "ENOTCONN", "EHOSTDOWN", "ETIMEDOUT"],
)
def test_a_disk_that_takes_nothing_says_so(number: str) -> None:
    code = getattr(errno, number)
    with pytest.raises(StorageUnavailable) as told, clear_when_unavailable():
        raise OSError(code, os.strerror(code), "/srv/media/films/1")
    assert isinstance(told.value, DiskFull) == (number in ("ENOSPC", "EDQUOT"))
    assert isinstance(told.value, DiskFull) or os.strerror(code) in told.value.detail
    assert "/srv" not in told.value.detail


@pytest.mark.parametrize("kind", [FileNotFoundError, FileExistsError, NotADirectoryError, BrokenPipeError])
def test_what_says_nothing_of_the_disk_stays_what_it_is(kind: type[OSError]) -> None:
    with pytest.raises(kind), clear_when_unavailable():
        raise kind


def test_a_disk_that_is_not_mounted_is_no_film_that_is_missing(storage: Storage) -> None:
    with pytest.raises(FileNotFoundError):
        storage.check_readable(1)
    storage.root.rename(storage.root.with_name("elsewhere"))
    for use in (
        storage.check_writable,
        lambda: storage.check_readable(1),
        lambda: storage.check_room(0),
        lambda: storage.make_upload(uuid4()),
        lambda: storage.stage().__enter__(),
    ):
        with pytest.raises(StorageUnavailable, match="mounted"):
            use()


def test_the_media_folder_is_closed_to_others(storage: Storage) -> None:
    assert (storage.root / "originals").stat().st_mode & 0o077 == 0
