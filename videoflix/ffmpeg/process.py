"""Runs ffmpeg and ffprobe: at low priority, in a process group of their own, never longer than they get on."""

import asyncio
import logging
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from msgspec import Struct

from videoflix.children import bound_to_parent
from videoflix.errors import CannotRun, DiskFull, EncodeFailed
from videoflix.ffmpeg.complaints import RunFailed

log = logging.getLogger(__name__)

STALL_SECONDS = 60.0
STOP_SECONDS = 3.0
# Films come after everything else on the machine, and what is only beside a film after that.
NICENESS, ASIDE = 10, 18
TAIL_BYTES = 8192
BLOCK = 64 * 1024
MOST_OUTPUT = 16 * 1024 * 1024


class Step(Struct, frozen=True):
    """How far ffmpeg is: frames written, and seconds of film per second."""

    frame: int
    speed: float | None


async def capture(arguments: list[str], *, seconds: float, niceness: int = NICENESS) -> bytes:
    """What a short run prints. Raises EncodeFailed with its reason, CannotRun after `seconds`."""
    async with _running(arguments, None, niceness=niceness) as (process, tail):
        assert process.stdout is not None
        output = bytearray()
        try:
            async with asyncio.timeout(seconds):
                while block := await process.stdout.read(BLOCK):
                    output += block
                    if len(output) > MOST_OUTPUT:
                        raise EncodeFailed("It describes itself in more than 16 MB, and is damaged.")
                await process.wait()
        except TimeoutError:
            raise CannotRun(f"Reading the file took longer than {seconds:.0f} seconds.") from None
    _check(process, tail, arguments)
    return bytes(output)


async def stream(arguments: list[str], *, niceness: int = NICENESS) -> AsyncGenerator[bytes, None]:
    """What a run prints, block by block; who may leave before its end closes it (`aclosing`), and with it ffmpeg.

    Raises EncodeFailed or DiskFull with ffmpeg's reason. There is no limit on its time, but one on silence."""
    async with _running(arguments, None, niceness=niceness) as (process, tail):
        assert process.stdout is not None
        while True:
            try:
                async with asyncio.timeout(STALL_SECONDS):
                    block = await process.stdout.read(BLOCK)
            except TimeoutError:
                raise EncodeFailed(f"ffmpeg made no progress for {STALL_SECONDS:.0f} seconds.") from None
            if not block:
                break
            yield block
        await process.wait()
    _check(process, tail, arguments)


async def follow(
    arguments: list[str],
    *,
    folder: Path | None = None,
    on_step: Callable[[Step], None] = lambda step: None,
    niceness: int = NICENESS,
) -> None:
    """Run an encode in `folder` to its end. Raises EncodeFailed or DiskFull with ffmpeg's reason.

    There is no limit on its time, but one on standing still.
    """
    async with _running(arguments, folder, niceness=niceness) as (process, tail):
        assert process.stdout is not None
        frame, speed, written = 0, None, 0
        furthest = (-1, -1)
        deadline = asyncio.get_running_loop().time() + STALL_SECONDS
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    line = await process.stdout.readline()
            except TimeoutError:
                raise EncodeFailed(f"ffmpeg made no progress for {STALL_SECONDS:.0f} seconds.") from None
            if not line:
                break
            name, _, value = line.decode("ascii", "replace").strip().partition("=")
            if name == "frame":
                frame = int(value)
            elif name == "out_time_us" and value.isdigit():
                written = int(value)
            elif name == "speed":
                speed = _speed(value)
            elif name == "progress":
                on_step(Step(frame, speed))
                if frame > furthest[0] or written > furthest[1]:
                    furthest = (max(frame, furthest[0]), max(written, furthest[1]))
                    deadline = asyncio.get_running_loop().time() + STALL_SECONDS
        await process.wait()
    _check(process, tail, arguments)


@asynccontextmanager
async def _running(
    arguments: list[str], folder: Path | None, *, niceness: int = NICENESS
) -> AsyncIterator[tuple[Process, bytearray]]:
    """A process and the tail of what it complains; when the block ends, so has the process."""
    try:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            cwd=folder,
            start_new_session=True,
            preexec_fn=bound_to_parent(signal.SIGKILL, niceness=niceness),
        )
    except OSError as error:
        raise CannotRun(f"{arguments[0]} cannot be run: {error.strerror} (see FFMPEG and FFPROBE).") from None
    tail = bytearray()
    listener = asyncio.create_task(_listen(process, tail))
    try:
        yield process, tail
        await listener
    finally:
        try:
            await _to_the_end(_stop(process))
        finally:
            listener.cancel()


async def _listen(process: Process, tail: bytearray) -> None:
    assert process.stderr is not None
    while block := await process.stderr.read(TAIL_BYTES):
        tail += block
        del tail[:-TAIL_BYTES]


async def _to_the_end(work: Coroutine[None, None, None]) -> None:
    """Wait for it, however often we are cancelled meanwhile: nothing is left running."""
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
    """Ask, then insist."""
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
    """Wait for it, and read what it still prints: who is not read from stands still and does not hear SIGTERM, and
    asyncio takes no process for ended while there is something left in its pipe."""
    assert process.stdout is not None
    while await process.stdout.read(BLOCK):
        pass
    await process.wait()


def _signal(process: Process, sign: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, sign)


def _check(process: Process, tail: bytearray, arguments: list[str]) -> None:
    if b"No space left on device" in tail:  # for want of room for a playlist alone it does not even fail
        raise DiskFull
    if process.returncode:
        said = tail.decode("utf-8", "replace")
        program = Path(arguments[0]).name
        log.info("%s ended with %d: %s", program, process.returncode, said.strip() or "nothing was said")
        files = [argument for argument in arguments if argument.startswith("file:")]
        raise RunFailed(said, [*files, *(file.removeprefix("file:") for file in files)], program)


def _speed(value: str) -> float | None:
    try:
        return float(value.removesuffix("x"))
    except ValueError:
        return None
