import errno
from pathlib import Path

import pytest

from videoflix.errors import DiskFull
from videoflix.storage import Storage, clear_when_full


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


def test_what_dead_processes_have_left_is_swept(storage: Storage) -> None:
    left = storage.root / "staging" / "left"
    left.mkdir()
    storage.sweep_staging()
    assert not left.exists()


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


def test_a_full_disk_says_so() -> None:
    with pytest.raises(DiskFull), clear_when_full():
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(PermissionError), clear_when_full():
        raise PermissionError(errno.EACCES, "Permission denied")


def test_the_media_folder_is_closed_to_others(storage: Storage) -> None:
    assert (storage.root / "originals").stat().st_mode & 0o077 == 0
