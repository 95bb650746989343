import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.films import Films
from videoflix.encoding.ffmpeg_errors import plain_words
from videoflix.encoding.memory import memory_for
from videoflix.encoding.models import Rendition
from videoflix.encoding.process import ASIDE, NICENESS, TAIL_BYTES, Step, capture, follow, stream
from videoflix.errors import EncodeFailed, FfmpegUnavailable
from videoflix.settings import Settings

PYTHON = sys.executable


def _is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


async def test_progress_is_told_up_to_the_end(films: Films) -> None:
    steps: list[Step] = []
    source = ("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=25:duration=2")
    await follow([films.ffmpeg, "-progress", "pipe:1", *source, "-f", "null", "-"], on_step=steps.append)
    assert steps[-1].frame == 50


async def test_a_failure_is_told_in_ffmpeg_s_words_without_our_paths(films: Films, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"nothing of the kind")
    with pytest.raises(EncodeFailed) as caught:
        await follow([films.ffmpeg, "-v", "error", "-i", f"file:{broken}", "-f", "null", "-"])
    assert "moov atom not found" in caught.value.detail
    assert str(tmp_path) not in caught.value.detail


async def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(FfmpegUnavailable, match="FFMPEG"):
        await capture(["no-such-ffmpeg"], seconds=1)


async def test_what_is_beside_a_film_comes_after_it() -> None:
    ours = os.nice(0)
    command = [PYTHON, "-c", "import os; print(os.nice(0))"]
    told = [await capture(command, seconds=60), await capture(command, seconds=60, niceness=ASIDE)]
    assert [int(one) for one in told] == [min(19, ours + NICENESS), min(19, ours + ASIDE)]


async def test_what_stands_still_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videoflix.encoding.process.STALL_SECONDS", 0.3)
    with pytest.raises(EncodeFailed, match="no progress"):
        await follow([PYTHON, "-c", "import time; print('frame=1\\nprogress=continue', flush=True); time.sleep(60)"])


@pytest.mark.parametrize("run", ["stream", "follow"])
async def test_what_closes_its_output_and_does_not_end_is_stopped(monkeypatch: pytest.MonkeyPatch, run: str) -> None:
    monkeypatch.setattr("videoflix.encoding.process.STALL_SECONDS", 0.3)
    arguments = [PYTHON, "-c", "import os, time; os.close(1); time.sleep(60)"]
    async with asyncio.timeout(30):
        with pytest.raises(EncodeFailed, match="no progress"):
            if run == "follow":
                await follow(arguments)
            else:
                async with aclosing(stream(arguments)) as blocks:
                    assert [block async for block in blocks] == []


async def test_repeating_the_same_frame_is_standing_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videoflix.encoding.process.STALL_SECONDS", 0.5)
    script = "import time\nwhile True: print('frame=1\\nprogress=continue', flush=True); time.sleep(0.05)"
    with pytest.raises(EncodeFailed, match="no progress"):
        await follow([PYTHON, "-c", script])


async def test_a_short_run_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(FfmpegUnavailable, match="longer than"):
        await capture([PYTHON, "-c", "import time; time.sleep(60)"], seconds=0.2)


async def test_patience_with_a_busy_run_is_limited_by_its_cpu_time() -> None:
    began = os.times()
    with pytest.raises(FfmpegUnavailable, match="longer than"):
        await capture([PYTHON, "-c", "while True: pass"], seconds=0.5)
    ended = os.times()
    used = ended.children_user + ended.children_system - began.children_user - began.children_system
    assert used < 5.0


@pytest.mark.parametrize("times", [1, 4])
async def test_a_cancelled_run_leaves_no_process_even_if_it_does_not_listen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, times: int
) -> None:
    """However often it is cancelled: a worker that stops says it again and again."""
    monkeypatch.setattr("videoflix.encoding.process.STOP_SECONDS", 0.2)
    note = tmp_path / "pid"
    script = (
        "import os, pathlib, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "part = pathlib.Path(sys.argv[1] + '.part')\n"
        "part.write_text(str(os.getpid()))\n"
        "part.rename(sys.argv[1])\n"
        "time.sleep(60)"
    )
    running = asyncio.create_task(follow([PYTHON, "-c", script, str(note)]))
    while not note.exists():
        await asyncio.sleep(0.01)
    for _ in range(times):
        running.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not _is_alive(int(note.read_text()))


async def test_who_leaves_early_ends_the_process_though_much_is_left_to_read() -> None:
    async with asyncio.timeout(30), aclosing(stream(["yes"])) as blocks:
        async for _ in blocks:
            await asyncio.sleep(0.2)  # the pipe is full by then
            break


def test_ffmpeg_dies_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    child = "import os,pathlib,sys,time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(60)"
    parent = (
        "import asyncio, sys\nfrom videoflix.encoding.process import follow\n"
        f"asyncio.run(follow([sys.executable, '-c', {child!r}, sys.argv[1]]))"
    )
    process = subprocess.Popen([PYTHON, "-c", parent, str(note)])
    while not (note.exists() and note.read_text()):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 30
    while _is_alive(int(note.read_text())) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _is_alive(int(note.read_text()))


async def test_ffmpeg_is_modest_and_in_a_group_of_its_own() -> None:
    script = "import os; print(os.nice(0), os.getpid() == os.getpgid(0))"
    assert await capture([PYTHON, "-c", script], seconds=60) == f"{min(19, os.nice(0) + 10)} True\n".encode()


async def test_that_the_disk_is_full_is_not_taken_from_what_ffmpeg_says(tmp_path: Path) -> None:
    """It says so of its own queues as well."""
    script = "import sys; sys.stderr.write('Task finished: No space left on device'); sys.exit({})"
    for status in (0, 1):
        with pytest.raises(EncodeFailed):
            await follow([PYTHON, "-c", script.format(status)], folder=tmp_path)


TELL = "print(f'frame={n}\\nprogress=continue', flush=True)"
ENDLESS = {
    "memory": ([PYTHON, "-c", "kept = []\nwhile True: kept.append(bytes(64 * 1024**2))"], "needs more memory"),
    "a file": (["dd", "if=/dev/zero", "of=film", "bs=1M"], "wrote far more"),
    "files": (
        [PYTHON, "-c", f"for n in range(10**6): open(str(n), 'wb').write(bytes(2**20)); {TELL}"],
        "wrote far more",
    ),
    "silence": (
        [
            PYTHON,
            "-c",
            f"import time\nn = 1\nwhile True: print(f'out_time_us={{time.time_ns()}}'); {TELL}; time.sleep(0.1)",
        ],
        "no progress",
    ),
}


@pytest.mark.parametrize(("arguments", "reason"), ENDLESS.values(), ids=ENDLESS.keys())
async def test_ffmpeg_does_not_grow_without_bound(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str], reason: str
) -> None:
    if reason == "no progress":  # a busy machine may start the others late
        monkeypatch.setattr("videoflix.encoding.process.STALL_SECONDS", 0.5)
    monkeypatch.setattr("videoflix.encoding.memory.BYTES", 512 * 1024**2)
    monkeypatch.setattr("videoflix.encoding.process.FILE_BYTES", 64 * 1024**2)
    with pytest.raises(EncodeFailed, match=reason):
        await follow(arguments, folder=tmp_path, most_bytes=100 * 1024**2)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 300 * 1024**2


async def test_a_film_that_needs_too_much_memory_is_told_as_such(
    films: Films, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its decoder says that the film is damaged."""
    references = ("-preset", "ultrafast", "-refs", "16", "-bf", "0", "-frames:v", "18")
    film = films.make("large.mp4", picture="color", size="3072x3072", audio=False, options=references)
    arguments = [
        films.ffmpeg,
        "-v",
        "error",
        "-threads",
        "1",
        "-i",
        str(film),
        "-vf",
        "scale=64:64",
        "-f",
        "null",
        "-",
    ]
    await follow(arguments)
    monkeypatch.setattr("videoflix.encoding.memory.BYTES", 200 * 1024**2)
    monkeypatch.setattr("videoflix.encoding.memory.BYTES_PER_CORE", 0)
    with pytest.raises(EncodeFailed, match="needs more memory"):
        await follow(arguments)
    large = Rendition(2160, 3840, 2160)
    await follow(arguments, memory=memory_for([large]))


async def test_no_secret_of_ours_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.variables():
        monkeypatch.setenv(name, "secret")
    told = await capture([PYTHON, "-c", "import os; print(*os.environ.values())"], seconds=60)
    assert os.environ["PATH"].encode() in told
    assert b"secret" not in told


def test_plain_words() -> None:
    said = (
        "[vf#0:0 @ 0x5581] Error sending frames to consumers: Unknown error\n"
        "[vf#0:0 @ 0x5581] Task finished with error code: -1145393733 (Error number -1145393733 occurred)\n"
        "[libx264 @ 0x1] broken ffmpeg build\nfile:/srv/my films/7: odd\nConversion failed!\n"
    )
    assert plain_words(said, ["file:/srv/my films/7"]) == "broken ffmpeg build\nthe film: odd"
    assert plain_words("545: End of file\n") == "The film cannot be encoded: it is damaged or incomplete."
    assert plain_words("Task finished with error code: -22\n") == ""


@pytest.mark.skipif(
    not Path("/proc/self/autogroup").exists(), reason="this kernel shares cores among processes alone"
)
async def test_it_is_modest_towards_other_sessions_too() -> None:
    """Tried a few times: from an ordinary user the kernel takes one such wish in a tenth of a second."""
    script = "print(open('/proc/self/autogroup').read())"
    told = [await capture([PYTHON, "-c", script], seconds=60) for _ in range(10)]
    assert any(b" nice 10" in one for one in told)


async def test_the_end_of_a_long_error_output_is_kept() -> None:
    script = "import sys; sys.stderr.write('begin' + 'x\\n' * 200_000 + 'the reason\\n'); sys.exit(1)"
    with pytest.raises(EncodeFailed) as caught:
        await capture(["python3", "-c", script], seconds=20)
    assert caught.value.detail.endswith("the reason")
    assert len(caught.value.detail) <= 600 < TAIL_BYTES
