import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest

from videoflix import durable
from videoflix.server import secretfile


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secrets" / "key"


def test_a_secret_is_generated_once_and_is_private(file: Path) -> None:
    secret = secretfile.make(file)
    assert len(secret) >= 48
    assert secretfile.make(file) == secretfile.read(file) == secret
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b" \t\r\n", bytes(64), b"half" + bytes(30) + b"half", b"\xff\xfe\x00", b"\x01\x02" * 20],
    ids=repr,
)
def test_a_damaged_secret_is_replaced_with_a_warning(
    file: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    assert secretfile.read(file) == ""
    secret = secretfile.make(file)
    assert len(secret) >= 48
    assert secretfile.make(file) == secret
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "key is damaged" in record.message
    assert secret not in record.message


def test_a_secret_written_by_hand_is_kept(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("a pass phrase of ümläuts\n")
    assert secretfile.make(file) == "a pass phrase of ümläuts"


@pytest.mark.parametrize("content", [None, b""])
def test_concurrent_processes_get_the_same_secret(file: Path, content: bytes | None) -> None:
    if content is not None:
        file.parent.mkdir()
        file.write_bytes(content)
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(secretfile.make, [file] * 16))) == 1


def test_a_file_is_replaced_atomically(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(Path(f"/proc/self/fd/{number}").readlink()))
    file = tmp_path / "state"
    durable.write(file, "old")
    durable.write(file, "new")
    assert file.read_text() == "new"
    assert [path == tmp_path for path in synced] == [False, True, False, True]
    with pytest.raises(TypeError):
        durable.write(file, cast(str, 1))
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]
