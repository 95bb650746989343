"""The folder of a backup: complete or not there, and incremental by content."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from videoflix.backup import manifest as manifests
from videoflix.backup.folder import BackupWriter, writing
from videoflix.backup.models import BackupFile, Manifest
from videoflix.errors import BackupError


@pytest.fixture
def originals(tmp_path: Path) -> Path:
    """The originals 1 and 2."""
    folder = tmp_path / "originals"
    folder.mkdir()
    (folder / "1").write_bytes(b"the first film")
    (folder / "2").write_bytes(b"the second film")
    return folder


def _back_up(root: Path, originals: Path) -> Manifest:
    with writing(root) as writer:
        return _fill(writer, originals)


def _fill(writer: BackupWriter, originals: Path) -> Manifest:
    (writer.run / manifests.DUMP).write_bytes(b"rows")
    files = [writer.describe(manifests.DUMP)]
    added = [writer.add(path, f"media/originals/{path.name}") for path in sorted(originals.iterdir())]
    manifest = _manifest(writer.run.name, [*files, *(file for file in added if file)])
    writer.finish(manifest)
    return manifest


def _manifest(run: str, files: list[BackupFile]) -> Manifest:
    return Manifest(
        format=manifests.FORMAT,
        version="1",
        made_at=datetime.now(UTC),
        server=18,
        program=18,
        migrations=[],
        rows={},
        has_originals=True,
        has_films=False,
        only_encoded=0,
        run=run,
        files=files,
    )


def _everything(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_what_has_not_changed_is_linked_and_not_read_again(
    originals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "backup"
    first = _back_up(root, originals)
    assert manifests.read(root) == first
    stored = {file.path: root / first.stored(file) for file in first.files}
    assert stored["media/originals/1"].samefile(originals / "1")
    assert root.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in (root / first.run).iterdir()} == {0}

    (originals / "2").unlink()
    (originals / "3").write_bytes(b"the first film")
    read: list[str] = []
    link = os.link

    def count(source: Path, target: Path) -> None:
        read.append(source.name)
        link(source, target)

    monkeypatch.setattr("os.link", count)
    second = _back_up(root, originals)
    assert read == ["3"]
    assert manifests.read(root) == second
    assert second.run != first.run
    contents = {manifests.FILE, f"{second.run}/{manifests.DUMP}"}
    contents |= {str(second.stored(file)) for file in second.media}
    assert set(_everything(root)) == contents
    assert len(contents) == 3  # films with the same content are stored once


def test_an_interrupted_backup_leaves_the_earlier_one_as_it_was(originals: Path, tmp_path: Path) -> None:
    root = tmp_path / "backup"
    _back_up(root, originals)
    before = _everything(root)
    (originals / "3").write_bytes(b"the third film")
    with pytest.raises(RuntimeError), writing(root) as writer:
        writer.add(originals / "3", "media/originals/3")
        raise RuntimeError("Ctrl-C")
    assert _everything(root) == before
    with pytest.raises(RuntimeError), writing(tmp_path / "new") as writer:
        writer.add(originals / "3", "media/originals/3")
        raise RuntimeError("Ctrl-C")
    assert not (tmp_path / "new").exists()


def test_a_killed_backup_is_recognised_and_swept_by_the_next(originals: Path, tmp_path: Path) -> None:
    root = tmp_path / "backup"
    root.mkdir()
    killed = BackupWriter(root)
    killed.add(originals / "1", "media/originals/1")
    (root / "files" / ".part-1").write_bytes(b"the first")
    with pytest.raises(BackupError, match=r"manifest\.json is missing\. The backup was interrupted"):
        manifests.read(root)
    (originals / "1").unlink()
    done = _back_up(root, originals)
    assert {path.name for path in root.iterdir()} == {"files", manifests.FILE, done.run}
    assert sum(path.is_file() for path in (root / "files").rglob("*")) == 1


def test_a_full_disk_leaves_nothing_behind(small_disk: Path, tmp_path: Path) -> None:
    folder = tmp_path / "originals"
    folder.mkdir()
    (folder / "1").write_bytes(b"the first film")
    with (folder / "2").open("wb") as large:
        large.truncate(60_000_000)  # the disk has 40 MB
    with pytest.raises(OSError, match="No space left"):
        _back_up(small_disk / "backup", folder)
    assert not list(small_disk.iterdir())


def test_a_folder_with_something_else_is_refused_and_not_touched(originals: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"contains something else \(originals\)"):
        _back_up(tmp_path, originals)
    assert [path.name for path in tmp_path.iterdir()] == ["originals"]


def test_two_backups_do_not_write_into_one_folder(originals: Path, tmp_path: Path) -> None:
    root = tmp_path / "backup"
    with writing(root) as writer:
        with pytest.raises(BackupError, match="another backup is being written"):
            _back_up(root, originals)
        _fill(writer, originals)
    assert manifests.read(root).media
