"""A backup that is damaged, incomplete or newer is refused before anything is restored."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from videoflix.backup import manifest as manifests
from videoflix.backup.check import check
from videoflix.backup.folder import writing
from videoflix.backup.models import BackupFile, Manifest
from videoflix.errors import BackupError


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup with a dump and an original."""
    original, root = tmp_path / "7", tmp_path / "backup"
    original.write_bytes(b"a film")
    with writing(root) as writer:
        (writer.run / manifests.DUMP).write_bytes(b"rows of the database")
        added = writer.add(original, "media/originals/7")
        assert added
        manifest = Manifest(
            format=manifests.FORMAT,
            version="1",
            made_at=datetime.now(UTC),
            server=18,
            program=18,
            migrations=["0001.accounts"],
            rows={},
            has_originals=True,
            has_films=False,
            only_encoded=0,
            run=writer.run.name,
            files=[writer.describe(manifests.DUMP), added],
        )
        writer.finish(manifest)
    original.unlink()  # the backup links to it
    return root


def _dump(root: Path) -> Path:
    return next(root.glob(f"*/{manifests.DUMP}"))


def _original(root: Path) -> Path:
    return next(root.glob("files/*/*"))


def _change_a_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _rewrite(root: Path, **changes: object) -> None:
    """Change the manifest as somebody who also corrects its checksum."""
    known = msgspec.to_builtins(manifests.read(root))
    text = msgspec.json.encode({**known, **changes})
    signed = {"sha256": hashlib.sha256(text).hexdigest(), "manifest": msgspec.Raw(text)}
    (root / manifests.FILE).write_bytes(msgspec.json.encode(signed))


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut in the middle": (lambda root: _dump(root).write_bytes(b"rows of"), "database.dump has the wrong size"),
    "a byte of the dump": (lambda root: _change_a_byte(_dump(root)), "database.dump was changed"),
    "a byte of a film": (lambda root: _change_a_byte(_original(root)), "media/originals/7 was changed"),
    "a missing film": (lambda root: _original(root).unlink(), "media/originals/7 is missing"),
    "no manifest": (lambda root: (root / manifests.FILE).unlink(), "The backup was interrupted"),
    "half a manifest": (
        lambda root: (root / manifests.FILE).write_bytes((root / manifests.FILE).read_bytes()[:-40]),
        "manifest.json is damaged",
    ),
    "a byte of the manifest": (lambda root: _change_a_byte(root / manifests.FILE), "manifest.json is damaged"),
    "a newer format": (lambda root: _rewrite(root, format=2, version="9.0", files=7), r"newer Videoflix \(9.0\)"),
    "a newer migration": (
        lambda root: _rewrite(root, migrations=["0001.accounts", "9999.later"], version="9.0"),
        r"newer Videoflix \(9.0, migration 9999.later\)",
    ),
    "a file outside": (
        lambda root: _rewrite(root, files=[msgspec.to_builtins(BackupFile("media/films/../../x", 1, "a" * 64))]),
        "names files that no backup contains",
    ),
    "a folder outside": (lambda root: _rewrite(root, run=".."), "names files that no backup contains"),
}


async def test_a_complete_backup_is_accepted(backup: Path) -> None:
    shown: list[float] = []
    manifest = await check(backup, lambda _, done: shown.append(done))
    assert [file.path for file in manifest.media] == ["media/originals/7"]
    assert shown[0] == 0.0


@pytest.mark.parametrize("kind", DAMAGES)
async def test_a_damaged_or_newer_backup_is_refused(backup: Path, kind: str) -> None:
    damage, words = DAMAGES[kind]
    damage(backup)
    with pytest.raises(BackupError, match=words):
        await check(backup, lambda _, done: None)


async def test_a_folder_without_a_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"contains no complete backup: manifest\.json is missing$"):
        await check(tmp_path / "nowhere", lambda _, done: None)
