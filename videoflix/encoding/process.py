"""Runs ffmpeg and ffprobe: at low priority, within limits, in a process group of their own, and only while they
make progress."""

import asyncio
import errno
import logging
import os
import resource
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from videoflix.encoding.ffmpeg_errors import RunFailed
from videoflix.encoding.memory import Memory, memory_for
from videoflix.encoding.patience import Patience
from videoflix.errors import EncodeFailed, FfmpegUnavailable
from videoflix.server.children import be_nice_as_a_session, confined, environment
from videoflix.storage.disk_errors import check_disk
from videoflix.storage.folders import sizes

T = TypeVar("T")

log = logging.getLogger(__name__)

STALL_SECONDS = 60.0
STOP_SECONDS = 3.0
# Encoding has a lower priority than everything else on the machine, and optional parts of a film the lowest.
NICENESS, ASIDE = 10, 15
TAIL_BYTES = 8192
BLOCK = 64 * 1024
MAX_OUTPUT = 16 * 1024 * 1024
# The largest file of all is the demo film with 0.2 GB; a segment has some megabytes.
FILE_BYTES = 1024**3
# glibc reserves 64 MB of address space for each of up to eight heaps per core.
HEAPS = {"MALLOC_ARENA_MAX": "4"}
NO_MEMORY = "\nCannot allocate memory"
TOO_MUCH = "ffmpeg wrote far more than a film of this length has, and was stopped."
NO_ROOM = b"No space left on device"


class ErrorOutput:
    """The end of a process's standard error, and whether its memory was nearly used up by then.

    A decoder without memory reports a damaged film, and continues without the frame.
    """

    def __init__(self, process: Process, memory: Memory) -> None:
        self.tail = bytearray()
        self._process, self._memory = process, memory
        self.is_near_limit = False

    def add(self, block: bytes) -> None:
        self.tail += block
        del self.tail[:-TAIL_BYTES]
        self.is_near_limit |= self._memory.is_nearly_used(self._process.pid)


class Step(Struct, frozen=True):
    """How far ffmpeg is: frames written, and seconds of film per second."""

    frame: int
    speed: float | None


async def capture(
    arguments: list[str],
    *,
    folder: Path | None = None,
    seconds: float,
    niceness: int = NICENESS,
    may_fail: bool = False,
) -> bytes:
    """The output of a short run in `folder`; a failure is logged unless it `may_fail`. Raises EncodeFailed with its
    reason, StorageUnavailable, or FfmpegUnavailable after `seconds`."""
    async with _running(arguments, folder, niceness=niceness) as (process, errors):
        assert process.stdout is not None
        output, patience = bytearray(), Patience(process.pid, seconds)
        read = partial(process.stdout.read, BLOCK)
        try:
            while block := await patience.wait(read):
                output += block
                if len(output) > MAX_OUTPUT:
                    raise EncodeFailed("It describes itself in more than 16 MB, and is damaged.")
            await patience.wait(process.wait)
        except TimeoutError:
            raise FfmpegUnavailable(f"Reading the file took longer than {seconds:.0f} seconds.") from None
    await _check(process, errors, arguments, folder, level=logging.DEBUG if may_fail else logging.INFO)
    return bytes(output)


async def stream(
    arguments: list[str], *, folder: Path | None = None, niceness: int = NICENESS
) -> AsyncGenerator[bytes, None]:
    """The output of a run in `folder`, block by block. A reader that leaves early has to close it (`aclosing`), which
    ends ffmpeg.

    Raises EncodeFailed with ffmpeg's reason, or StorageUnavailable. Its time is not limited, but silence is.
    """
    async with _running(arguments, folder, niceness=niceness) as (process, errors):
        assert process.stdout is not None
        read, patience = partial(process.stdout.read, BLOCK), Patience(process.pid, STALL_SECONDS)
        while block := await _progress(patience, read):
            yield block
            patience.renew()
        await _progress(patience, process.wait)
    await _check(process, errors, arguments, folder)


async def follow(
    arguments: list[str],
    *,
    folder: Path | None = None,
    most_bytes: int | None = None,
    memory: Memory | None = None,
    on_step: Callable[[Step], None] = lambda step: None,
    niceness: int = NICENESS,
) -> str:
    """Run an encode in `folder` to its end, and return its last error if it succeeded nevertheless.

    Raises EncodeFailed with ffmpeg's reason, or if there are more than `most_bytes` in the folder; or
    StorageUnavailable. Its time is not limited, but the time without another frame is; its memory is, by default to
    what three renditions need.
    """
    async with _running(arguments, folder, niceness=niceness, memory=memory) as (process, errors):
        assert process.stdout is not None
        frame, speed, furthest = 0, None, -1
        patience = Patience(process.pid, STALL_SECONDS)
        while line := await _progress(patience, process.stdout.readline):
            name, _, value = line.decode("ascii", "replace").strip().partition("=")
            if name == "frame":
                frame = int(value)
            elif name == "speed":
                speed = _speed(value)
            elif name == "progress":
                on_step(Step(frame, speed))
                if folder and most_bytes is not None:
                    written = await asyncio.to_thread(sizes, folder)
                    if sum(written.values()) > most_bytes:
                        raise EncodeFailed(TOO_MUCH)
                if frame > furthest:
                    furthest = frame
                    patience.renew()
        await _progress(patience, process.wait)
    await _check(process, errors, arguments, folder)
    return errors.tail.decode("utf-8", "replace")


async def _progress(patience: Patience, step: Callable[[], Awaitable[T]]) -> T:
    """Read more of the output, or wait for the end. Raises EncodeFailed if there is no progress."""
    try:
        return await patience.wait(step)
    except TimeoutError:
        raise EncodeFailed(f"ffmpeg made no progress for {STALL_SECONDS:.0f} seconds.") from None


@asynccontextmanager
async def _running(
    arguments: list[str], folder: Path | None, *, niceness: int = NICENESS, memory: Memory | None = None
) -> AsyncIterator[tuple[Process, ErrorOutput]]:
    """A process and its errors; it has ended when the block ends."""
    memory = memory or memory_for()
    limits = {**memory.limits, resource.RLIMIT_FSIZE: FILE_BYTES, resource.RLIMIT_CORE: 0}
    _check_program(arguments[0])
    try:
        process = await asyncio.create_subprocess_exec(
            *confined(arguments, niceness=niceness, limits=limits),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            cwd=folder,
            env=environment() | HEAPS,
            start_new_session=True,
        )
    except OSError as error:
        raise FfmpegUnavailable(f"{arguments[0]} cannot be run: {error.strerror} (see FFMPEG and FFPROBE).") from None
    be_nice_as_a_session(process.pid, niceness)
    errors = ErrorOutput(process, memory)
    listener = asyncio.create_task(_collect(process, errors))
    try:
        yield process, errors
        await listener
    finally:
        try:
            await _to_the_end(_stop(process))
        finally:
            listener.cancel()


def _check_program(name: str) -> None:
    """Raises FfmpegUnavailable."""
    if shutil.which(name) is None:
        reason = os.strerror(errno.EACCES if Path(name).is_file() else errno.ENOENT)
        raise FfmpegUnavailable(f"{name} cannot be run: {reason} (see FFMPEG and FFPROBE).")


async def _collect(process: Process, errors: ErrorOutput) -> None:
    assert process.stderr is not None
    while block := await process.stderr.read(TAIL_BYTES):
        errors.add(block)


async def _to_the_end(work: Coroutine[None, None, None]) -> None:
    """Wait for it, however often we are cancelled meanwhile: no process is left behind."""
    task, cancelled = asyncio.create_task(work), None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as again:
            cancelled = again
    if cancelled is not None:
        raise cancelled
    task.result()


async def _stop(process: Process) -> None:
    """Terminate it, then kill it."""
    if process.returncode is not None:
        return
    _signal(process, signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await _end(process)
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            _signal(process, signal.SIGKILL)
            await _end(process)


async def _end(process: Process) -> None:
    """Wait for it, and read its remaining output: a process whose output is not read blocks and does not react to
    SIGTERM, and asyncio does not report the end of a process while its pipe is not empty."""
    assert process.stdout is not None
    while await process.stdout.read(BLOCK):
        pass
    await process.wait()


def _signal(process: Process, sign: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, sign)


async def _check(
    process: Process, errors: ErrorOutput, arguments: list[str], folder: Path | None, level: int = logging.INFO
) -> None:
    """Raises EncodeFailed, or StorageUnavailable if it was the disk. The disk is tested, because ffmpeg also says
    "No space left on device" about its own queues. Without space for only a playlist, or without memory for a
    frame, ffmpeg does not even fail."""
    if not (process.returncode or NO_ROOM in errors.tail or errors.is_near_limit):
        return
    said = errors.tail.decode("utf-8", "replace")
    program = Path(arguments[0]).name
    log.log(level, "%s ended with %d: %s", program, process.returncode, said.strip() or "nothing was said")
    if folder:
        await asyncio.to_thread(check_disk, folder)
    if process.returncode == -signal.SIGXFSZ:
        raise EncodeFailed(TOO_MUCH)
    if errors.is_near_limit:
        said += NO_MEMORY
    files = [argument for argument in arguments if argument.startswith("file:")]
    raise RunFailed(said, [*files, *(file.removeprefix("file:") for file in files)], program)


def _speed(value: str) -> float | None:
    try:
        return float(value.removesuffix("x"))
    except ValueError:
        return None
