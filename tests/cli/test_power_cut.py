"""What a power cut, or a copy of a data folder in use, leaves behind does not keep the next start from succeeding."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.fixtures.stack import Stack, Start
from videoflix.server.embedded import find_paths


@pytest.fixture
def foreign(data: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """A living process of the user that PostgreSQL runs as."""
    account = find_paths(data).account
    living = subprocess.Popen(["sleep", "600"], user=account.uid if account else None)
    yield living
    living.kill()
    living.wait()


def test_after_a_power_cut_it_starts_whatever_its_files_hold(
    start_stack: Start, port: int, data: Path, foreign: "subprocess.Popen[bytes]"
) -> None:
    stack = start_stack(port)
    stack.until("is ready at")
    _cut_the_power(stack)
    (aof,) = data.glob("redis/appendonlydir/*.incr.aof")
    with aof.open("ab") as file:
        file.write(bytes(4096))
    identity = (data / "postgres/postmaster.pid").read_text().split("\n", 1)[1]
    (data / "postgres/postmaster.pid").write_text(f"{foreign.pid}\n{identity}")
    for name in ("secret_key", "database_password"):
        (data / "secrets" / name).write_bytes(bytes(64))
    for lock in find_paths(data).postgres_socket.glob(".s.*.lock"):
        lock.write_bytes(b"")

    again = start_stack(port)
    again.until("is ready at")
    said = "".join(again.log)
    assert "the files of Redis cannot be read" in said
    assert "secret_key is damaged" in said
    assert (data / "lock").stat().st_mode & 0o777 == 0o600
    assert again.stop() == 0


def _cut_the_power(stack: Stack) -> None:
    for line in stack.left_over():
        with suppress(ProcessLookupError):  # it has ended with another
            os.kill(int(line.split()[0]), signal.SIGKILL)
    stack.process.wait()
    deadline = time.monotonic() + 30
    while stack.left_over():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_copy_of_a_folder_in_use_starts_beside_the_original(start_stack: Start, port: int, data: Path) -> None:
    stack = start_stack(port)
    stack.until("is ready at")
    copy = data / "copy"
    copy.mkdir(mode=0o711)
    for name in ("postgres", "redis", "run", "secrets", "media"):
        subprocess.run(["cp", "-r", data / name, copy / name], check=False, stderr=subprocess.DEVNULL)
    beside = start_stack(port + 1, DATA_DIR=str(copy))
    beside.until("is ready at")
    assert stack.process.poll() is None
    assert (beside.stop(), stack.stop()) == (0, 0)
