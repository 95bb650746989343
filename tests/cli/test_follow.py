"""The progress that commands show on a terminal and in a pipe; the commands run as processes of their own."""

import asyncio
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.failing_ffmpeg import FailingFfmpeg
from tests.films import Films
from tests.fixtures.commands import Run
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.media import Media
from tests.fixtures.services import Services
from videoflix.cli.ui import Lines
from videoflix.db.pool import Database
from videoflix.library.models import EncodeState
from videoflix.library.queries import encodes
from videoflix.queue import queries as jobs

LARGE = 4 * 1024**3
# The attempts of all jobs that a film needs; thumbnails may follow later.
TRIES = "SELECT id, attempts FROM jobs WHERE kind IN ('ingest', 'audio', 'unit')"

Start = Callable[..., "subprocess.Popen[bytes]"]
BringFailing = Callable[[timedelta], Awaitable[int]]


@pytest.fixture
def failing_ffmpeg(services: Services, tmp_path: Path) -> FailingFfmpeg:
    return FailingFfmpeg(tmp_path, services.environ["FFMPEG"], segment=2)


@pytest.fixture
def environ(environ: dict[str, str], failing_ffmpeg: FailingFfmpeg) -> dict[str, str]:
    """Independent of the terminal or build server that runs the tests."""
    return {**environ, "FFMPEG": str(failing_ffmpeg.path), "PYTHONUNBUFFERED": "", "TERM": "xterm-256color"}


@pytest.fixture
def start(environ: dict[str, str]) -> Iterator[Start]:
    """Starts commands whose output goes into a pipe, or to a terminal."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str, out: int = subprocess.PIPE, **variables: str) -> "subprocess.Popen[bytes]":
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "videoflix", *words],
                env={**os.environ, **environ, **variables},
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.fixture
def bring_failing(
    worker: None, bring: Bring, films: Films, failing_ffmpeg: FailingFfmpeg, monkeypatch: pytest.MonkeyPatch
) -> BringFailing:
    """Add a film of four units, one of which fails and is tried again after a time. Returns the video's id."""

    async def bring_failing(retry_after: timedelta) -> int:
        monkeypatch.setattr("videoflix.encoding.jobs.RETRY_AFTER", (retry_after, retry_after))
        return await bring(films.make("four.mp4", seconds=24))

    return bring_failing


class Screen:
    """The controlling end of a pseudo-terminal with 80 columns."""

    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.seen = ""

    def until(self, words: str) -> None:
        """Read until these words appear; escape sequences are removed."""
        while words not in self.seen:
            self.seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", os.read(self._ours, 4096).decode())

    def close(self) -> None:
        os.close(self._ours)
        os.close(self.theirs)


@pytest.fixture
def screen() -> Iterator[Screen]:
    opened = Screen()
    yield opened
    opened.close()


def _read_until(process: "subprocess.Popen[bytes]", words: str) -> str:
    """Read from a pipe, where only flushed output arrives."""
    assert process.stdout
    said = ""
    while words not in said:
        line = process.stdout.readline().decode()
        assert line, said
        said += line
    return said


async def _in_thread(act: Callable[[], object]) -> None:
    async with asyncio.timeout(120):
        await asyncio.to_thread(act)


async def test_a_file_gets_a_line_per_stage_and_per_tenth(
    start: Start, failing_ffmpeg: FailingFfmpeg, long_film: Path, worker: None
) -> None:
    failing_ffmpeg.repair()
    process = start("add-video", str(long_film), FORCE_COLOR="1")
    out, _ = await asyncio.to_thread(process.communicate, timeout=120)
    lines = out.decode().splitlines()
    assert process.returncode == 0, lines
    assert "\x1b" not in out.decode()
    assert "copying: 100 %" in lines
    assert len(lines) == len(set(lines))
    encoding = [line for line in lines if line.startswith("encoding 480p 720p: ")]
    assert any(re.search(r", [0-4] of 4\b", line) for line in encoding)
    tenths = [int(found[1]) for line in encoding if (found := re.search(r" (\d+) %", line))]
    assert tenths == sorted(set(tenths))
    watch = [line for line in lines if "playable now" in line]
    assert watch in ([], ["playable now: http://127.0.0.1:8000/watch/1/"])
    assert lines[-2:] == ["ready: 100 %, 4 of 4", "http://127.0.0.1:8000/film/1/"]


def test_a_line_is_printed_when_the_stage_changes_and_at_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    for step in range(101):
        lines.show("encoding", step / 100, ("1.0×",))
    lines.show("encoding", 0.5)
    lines.show("waiting")
    lines.show("encoding", 0.25)
    printed = capsys.readouterr().out.splitlines()
    assert printed == [
        "encoding: 1.0×",
        *(f"encoding: {tenth} %, 1.0×" for tenth in range(10, 101, 10)),
        "waiting",
        "encoding: 20 %",
    ]


async def test_a_terminal_gets_a_bar_and_the_playlist_address_once(
    start: Start,
    screen: Screen,
    failing_ffmpeg: FailingFfmpeg,
    bring_failing: BringFailing,
    wait: Wait,
    database: Database,
) -> None:
    """ffmpeg fails and stops the encode when a part of the film is playable."""
    video_id = await bring_failing(timedelta(hours=1))
    await wait(video_id, lambda now: now.is_playable and now.units_done == 3 and now.error is not None)
    process = start("transcode", "--video-id", str(video_id), "--follow", out=screen.theirs)
    await _in_thread(lambda: screen.until(f"playable now: http://127.0.0.1:8000/watch/{video_id}/"))
    await _in_thread(lambda: screen.until("75 % 3 of 4"))
    await _in_thread(lambda: screen.until("waiting: segment 2 fails on purpose"))
    failing_ffmpeg.repair()
    async with database.connection() as connection:  # do not wait for the next attempt
        await connection.execute("UPDATE jobs SET not_before = now() WHERE state = 'queued'")
    await _in_thread(lambda: screen.until(f"video {video_id}: ready"))
    assert await asyncio.to_thread(process.wait, 60) == 0
    assert screen.seen.count("playable now") == 1
    assert max(len(line) for line in re.split(r"[\r\n]", screen.seen)) <= 80


async def test_a_full_disk_is_shown_while_it_is_full(
    start: Start,
    failing_ffmpeg: FailingFfmpeg,
    bring: Bring,
    wait: Wait,
    films: Films,
    database: Database,
    worker: None,
) -> None:
    failing_ffmpeg.repair()
    video_id = await bring(films.make())
    await wait(video_id)
    async with database.transaction() as connection:
        encode_id = await encodes.newest(connection, video_id)
        assert encode_id
        await connection.execute("UPDATE encodes SET state = 'encoding'")
        await connection.execute("UPDATE jobs SET state = 'queued' WHERE kind = 'unit'")
        await jobs.pause(connection, encode_id, timedelta(hours=1), "There is not enough room left on the disk.")
    process = start("transcode", "--video-id", str(video_id), "--follow")
    await _in_thread(lambda: _read_until(process, "waiting: There is not enough room left on the disk."))
    async with database.connection() as connection:
        await connection.execute("UPDATE jobs SET not_before = now() WHERE kind = 'unit'")
    await _in_thread(lambda: _read_until(process, f"video {video_id}: ready"))


@pytest.mark.parametrize("command", ["transcode", "add-video"])
async def test_ctrl_c_prints_how_to_follow_again_and_the_encode_continues(
    start: Start, bring: Bring, films: Films, database: Database, command: str
) -> None:
    film = films.make()
    if command == "add-video":
        process = start(command, str(film))
    else:
        await bring(film)
        process = start(command, "--video-id", "1", "--follow")
    await _in_thread(lambda: _read_until(process, "waiting for a worker"))
    process.send_signal(signal.SIGINT)
    out, _ = await asyncio.to_thread(process.communicate, timeout=60)
    assert process.returncode == 130
    words = "video 1 continues in the background; to follow: bin/transcode --video-id 1 --follow\n"
    assert out.decode() == words
    async with database.connection() as connection:
        progress = await encodes.progress(connection, 1)
    assert progress
    assert progress.state is EncodeState.QUEUED


async def test_ctrl_c_stops_a_copy_at_once_and_nothing_is_added(
    start: Start, screen: Screen, films: Films, database: Database, storage: Media, tmp_path: Path
) -> None:
    """Most of the film is a sparse hole, too long to be copied during the test."""
    film = tmp_path / "large.mp4"
    film.write_bytes(films.make().read_bytes())
    rest = b"\x00\x00\x00\x01free" + (LARGE).to_bytes(8, "big")
    with film.open("ab") as writing:
        writing.write(rest)
        writing.truncate(film.stat().st_size + LARGE)
    process = start("add-video", str(film), out=screen.theirs)
    await _in_thread(lambda: screen.until("copying"))
    process.send_signal(signal.SIGINT)
    await _in_thread(lambda: screen.until("large.mp4 was not added"))
    assert await asyncio.to_thread(process.wait, 60) == 130
    assert "100 %" not in screen.seen
    assert [file for name in ("staging", "originals") for file in (storage.root / name).iterdir()] == []
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM videos") == 0


async def test_a_failed_encode_resumes_without_repeating_what_is_done(
    run: Run,
    failing_ffmpeg: FailingFfmpeg,
    bring_failing: BringFailing,
    wait: Wait,
    database: Database,
) -> None:
    video_id = await bring_failing(timedelta(0))
    assert (await wait(video_id)).state is EncodeState.FAILED
    async with database.connection() as connection:
        async with asyncio.timeout(60):
            while await connection.fetchval("SELECT count(*) FROM jobs WHERE state = 'running'"):
                await asyncio.sleep(0.05)
        before = {row[0]: row[1] for row in await connection.fetch(f"{TRIES} AND state = 'done'")}
    failing_ffmpeg.repair()
    done = await asyncio.to_thread(run, "transcode", "--video-id", str(video_id), "--follow")
    assert done.returncode == 0, done.stdout
    assert f"video {video_id}: resumed where it failed" in done.stdout
    assert done.stdout.splitlines()[-1] == f"video {video_id}: ready"
    async with database.connection() as connection:
        after = {row[0]: row[1] for row in await connection.fetch(TRIES)}
    assert len(before) >= 4  # ingest, audio, the units before the scratch, and those that ran beside it
    assert {job: after[job] for job in before} == before
    assert set(after.values()) == {1}
