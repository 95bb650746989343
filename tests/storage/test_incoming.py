import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from videoflix.errors import UploadBusy
from videoflix.storage.incoming import IncomingFile

HOLD = """
import sys; from pathlib import Path; from videoflix.storage.incoming import IncomingFile
file = IncomingFile(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "upload").write_bytes(b"")
    return tmp_path / "upload"


def test_one_writes_at_a_time(path: Path) -> None:
    first = IncomingFile(path)
    with pytest.raises(UploadBusy):
        IncomingFile(path)
    first.close()
    IncomingFile(path).close()


def test_a_dead_process_holds_nothing(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(UploadBusy):
            IncomingFile(path)
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
    IncomingFile(path).close()


def test_what_lies_after_the_offset_is_forgotten(path: Path) -> None:
    path.write_bytes(b"0123456789")
    file = IncomingFile(path)
    file.cut(4)
    file.append([b"four", b"", b"five"])
    file.keep(everything=True)
    assert file.head(6) == b"0123fo"
    file.close()
    assert path.read_bytes() == b"0123fourfive"


def test_a_file_that_is_closed_is_not_written_to(path: Path) -> None:
    file = IncomingFile(path)
    file.close()
    with pytest.raises(ValueError, match="closed"):
        file.append([b"late"])
    with pytest.raises(FileNotFoundError):
        IncomingFile(path.with_name("other"))


def _is_in_memory(path: Path) -> bool:
    with path.open("rb", buffering=0) as file:
        try:
            return os.preadv(file.fileno(), [bytearray(1)], 1024 * 1024, os.RWF_NOWAIT) == 1
        except BlockingIOError:
            return False


def test_what_is_safe_leaves_the_memory_to_others(path: Path) -> None:
    file = IncomingFile(path)
    file.append([bytes(2 * 1024 * 1024)])
    assert _is_in_memory(path)
    file.keep(everything=True)
    assert not _is_in_memory(path), "or does this file system live in memory? Then say TMPDIR=/var/tmp"
    file.close()
