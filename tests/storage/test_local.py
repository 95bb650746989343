"""The media folder: publishing, staging, free space, and errors of the disk."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from tests.fixtures.media import Media
from videoflix.errors import DiskFull, StorageUnavailable
from videoflix.storage import names
from videoflix.storage.disk_errors import translate_disk_errors
from videoflix.storage.folders import copy_with_progress


def test_a_staged_folder_is_published_by_rename(storage: Media) -> None:
    with storage.stage() as staged:
        (staged / "480p").mkdir()
        (staged / "480p" / "000.ts").write_bytes(b"new")
        storage.publish_folder(staged / "480p", names.rendition(1, 2, 480))
    assert (storage.rendition(1, 2, 480) / "000.ts").read_bytes() == b"new"
    assert storage.labels(1, 2) == (480,)
    assert not staged.exists()


def test_a_published_file_replaces_one_of_the_same_name(storage: Media) -> None:
    for content in (b"old", b"new"):
        with storage.stage() as staged:
            (staged / "thumbnail").write_bytes(content)
            storage.publish(staged / "thumbnail", names.thumbnail(1, 1))
    assert storage.thumbnail(1, 1).read_bytes() == b"new"


def test_an_original_never_replaces_another(storage: Media) -> None:
    storage.original(1).write_bytes(b"the first")
    with storage.stage() as staged:
        (staged / "film").write_bytes(b"another")
        with pytest.raises(FileExistsError):
            storage.publish_new(staged / "film", names.original(1))
    assert storage.original(1).read_bytes() == b"the first"


def test_a_staging_folder_is_removed_when_the_work_fails(storage: Media) -> None:
    with pytest.raises(ValueError, match="broken"), storage.stage() as staged:
        (staged / "half").write_bytes(b"x")
        raise ValueError("broken")
    assert not staged.exists()


def _kill_in_staging(storage: Media) -> Path:
    """The staging folder of a process that was killed while it was working there."""
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


def test_the_staging_folder_of_a_killed_process_is_removed_and_that_of_a_running_one_is_kept(
    storage: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = _kill_in_staging(storage)
    with storage.stage() as folder:
        (folder / "half").write_bytes(b"x")
        storage.sweep_staging()
        assert dead.exists()  # its process may be about to lock it
        monkeypatch.setattr("videoflix.storage.staging.QUIET_SECONDS", -1.0)
        assert storage.abandoned_staging() == [dead]
        storage.sweep_staging()
        assert not dead.exists()
        assert (folder / "half").exists()


@pytest.mark.parametrize("lock", ["another-machine\n", None], ids=["of another machine", "without a lock"])
def test_age_decides_where_locks_prove_nothing(
    storage: Media, monkeypatch: pytest.MonkeyPatch, lock: str | None
) -> None:
    folder = storage.root / "staging" / "remote"
    folder.mkdir()
    if lock:
        (folder / "lock").write_text(lock)
    monkeypatch.setattr("videoflix.storage.staging.QUIET_SECONDS", -1.0)
    storage.sweep_staging()
    assert folder.exists()
    monkeypatch.setattr("videoflix.storage.staging.REMOTE_QUIET_SECONDS", -1.0)
    storage.sweep_staging()
    assert not folder.exists()


def test_the_disk_counts_as_full_below_the_reserve(storage: Media) -> None:
    free = storage.free_bytes()
    storage.check_free_space(0)
    storage.check_free_space(free // 2)
    with pytest.raises(DiskFull, match=r"^The disk has only .* free, and .* have to stay free \(DISK_FLOOR\)\.$"):
        storage.check_free_space(free * 2)
    with pytest.raises(DiskFull, match=r"^The original has .*, but the disk has only .* free, and "):
        storage.check_free_space(free // 2, free)


def test_removing_a_video_removes_all_of_its_files(storage: Media) -> None:
    storage.original(5).write_bytes(b"x")
    storage.rendition(5, 1, 480).mkdir(parents=True)
    storage.remove_video(5)
    assert not storage.original(5).exists()
    assert not storage.rendition(5, 1, 480).parent.parent.exists()
    storage.remove_video(5)


def test_a_copy_reports_its_progress(storage: Media, tmp_path: Path) -> None:
    source = tmp_path / "film"
    source.write_bytes(b"x" * 9_000_000)
    reported: list[int] = []
    with storage.stage() as staged:
        copy_with_progress(source, staged / "copy", reported.append)
        assert (staged / "copy").stat().st_size == 9_000_000
    assert reported == [4_194_304, 8_388_608, 9_000_000]


@pytest.mark.parametrize(
    "number",
    ["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO", "ENODEV", "ESTALE", "ENOTCONN", "EHOSTDOWN", "ETIMEDOUT"],
)
def test_an_error_of_the_disk_is_reported_without_the_path(number: str) -> None:
    code = getattr(errno, number)
    with pytest.raises(StorageUnavailable) as raised, translate_disk_errors():
        raise OSError(code, os.strerror(code), "/srv/media/films/1")
    assert isinstance(raised.value, DiskFull) == (number in ("ENOSPC", "EDQUOT"))
    assert isinstance(raised.value, DiskFull) or os.strerror(code) in raised.value.detail
    assert "/srv" not in raised.value.detail


@pytest.mark.parametrize("kind", [FileNotFoundError, FileExistsError, NotADirectoryError, BrokenPipeError])
def test_other_errors_are_not_translated(kind: type[OSError]) -> None:
    with pytest.raises(kind), translate_disk_errors():
        raise kind


def test_a_disk_that_is_not_mounted_is_not_a_missing_film(storage: Media) -> None:
    with pytest.raises(FileNotFoundError):
        storage.check_readable(names.original(1))
    storage.root.rename(storage.root.with_name("elsewhere"))
    for use in (
        storage.check_writable,
        lambda: storage.check_readable(names.original(1)),
        lambda: storage.check_free_space(0),
        lambda: storage.make_upload(uuid4()),
        lambda: storage.stage().__enter__(),
    ):
        with pytest.raises(StorageUnavailable, match="mounted"):
            use()


def test_other_users_cannot_read_the_media_folder(storage: Media) -> None:
    assert (storage.root / "originals").stat().st_mode & 0o077 == 0
