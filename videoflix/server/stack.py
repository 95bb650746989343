"""Everything on one machine: starts the private services and our own processes, in order, watches them,
prefixes what they say, and stops them in the reverse order."""

import asyncio
import fcntl
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from videoflix.errors import VideoflixError
from videoflix.server.children import die_with_parent
from videoflix.server.logs import as_json

# A process that ends this often within this many seconds will not get better by another start.
MAX_ENDS, WITHIN_SECONDS = 5, 60.0
RESTART_SECONDS = 1.0
LINE_BYTES = 1024 * 1024
COLOURS = {"postgres": 34, "redis": 31, "web": 32, "mail": 35, "transcode": 33, "videoflix": 36}


class StackError(VideoflixError):
    """The stack cannot go on; the message says why."""


class Child:
    """One process of the stack; started again when it ends by itself."""

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        stop: signal.Signals = signal.SIGTERM,
        stop_seconds: float = 7.0,
        options: Mapping[str, Any] | None = None,
        prepare: Callable[[int | None], None] = lambda ended: None,
        is_ours: bool = False,
    ) -> None:
        """`prepare` is called, in a thread, before each start, with the status that the run before ended with, if
        any. `is_ours`: what it says is in the format of our log already."""
        self.name = name
        self._prepare = prepare
        self._is_ours = is_ours
        self._command = command
        self._stop = stop
        self._stop_seconds = stop_seconds
        self._options = options or {"start_new_session": True, "preexec_fn": die_with_parent(stop)}
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._ends: list[float] = []

    async def start(self, given_up: Callable[[str], None]) -> None:
        """Start it and keep it running; `given_up` hears the reason when that is in vain."""
        await self._launch()
        self._watch = asyncio.create_task(self._keep(given_up))

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def stop(self) -> None:
        """Ask it to end, and insist when it takes too long."""
        if self._watch:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if not self._process:
            return
        self._signal(self._stop)
        try:
            async with asyncio.timeout(self._stop_seconds):
                await self._process.wait()
        except TimeoutError:
            say("videoflix", f"{self.name} does not end and is killed")
        self._signal(signal.SIGKILL, group=True)
        await self._process.wait()

    async def _launch(self) -> None:
        await asyncio.to_thread(self._prepare, self._process.returncode if self._process else None)
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=LINE_BYTES,
            **self._options,
        )
        self._talk = asyncio.create_task(self._repeat(self._process))

    async def _repeat(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # a line without an end
                continue
            if not line:
                return
            say(self.name, line.decode("utf-8", "replace").rstrip(), is_event=self._is_ours)

    async def _keep(self, given_up: Callable[[str], None]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            assert self._process is not None
            status = await self._process.wait()
            await self._talk
            self._ends = [end for end in self._ends if end > loop.time() - WITHIN_SECONDS] + [loop.time()]
            if len(self._ends) >= MAX_ENDS:
                given_up(f"{self.name} ended {MAX_ENDS} times within a minute; the lines above say why")
                return
            say("videoflix", f"{self.name} ended by itself ({status}) and is started again")
            await asyncio.sleep(RESTART_SECONDS)
            try:
                await self._launch()
            except (VideoflixError, OSError) as error:
                given_up(f"{self.name} cannot be started again: {error}")
                return

    def _signal(self, sign: signal.Signals, *, group: bool = False) -> None:
        assert self._process is not None
        try:
            if group:
                os.killpg(self._process.pid, sign)
            elif self._process.returncode is None:
                self._process.send_signal(sign)
        except (ProcessLookupError, PermissionError):
            pass


class Stack:
    """The children in the order of their start, and the wish to stop."""

    def __init__(self) -> None:
        self._layers: list[list[Child]] = []
        self._over: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

    async def start(self, *children: Child) -> None:
        """A layer: what stops together, before the layers that were started earlier."""
        self._layers.append(list(children))
        for child in children:
            try:
                await child.start(self.end)
            except OSError as error:
                raise StackError(f"{child.name} cannot be started: {error}") from None

    def end(self, reason: str | None = None) -> None:
        if not self._over.done():
            self._over.set_result(reason)

    async def until_over(self) -> None:
        """Until somebody stops us. Raises StackError if it was a child that could not be kept alive."""
        reason = await asyncio.shield(self._over)
        if reason:
            raise StackError(reason)

    async def until(self, is_ready: Callable[[], Any], what: str, seconds: float) -> None:
        """Wait for a service. Raises StackError if it does not come, or if we are to stop."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not await asyncio.to_thread(is_ready):
            if self._over.done():
                raise StackError(self._over.result() or "stopped")
            if loop.time() > deadline:
                raise StackError(f"{what} is not ready after {seconds:.0f} seconds")
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        for layer in reversed(self._layers):
            await asyncio.gather(*(child.stop() for child in layer))


@asynccontextmanager
async def stack() -> AsyncIterator[Stack]:
    """A stack that is stopped, whatever happens; SIGINT, SIGTERM and SIGHUP cancel the block's work."""
    loop, running = asyncio.get_running_loop(), Stack()
    block = asyncio.current_task()
    assert block is not None

    def stop() -> None:
        if not running._over.done():
            say("videoflix", "stopping")
            running.end()
            block.cancel()

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for each in signals:
        loop.add_signal_handler(each, stop)
    try:
        yield running
    except asyncio.CancelledError:
        if not running._over.done():
            raise
    finally:
        await running.stop()
        for each in signals:
            loop.remove_signal_handler(each)


@asynccontextmanager
async def only_one(data: Path) -> AsyncIterator[None]:
    """One stack per data folder; the lock dies with its process. Raises StackError."""
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.fchmod(descriptor, 0o600)  # whoever can open it can hold the lock
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"Videoflix is running already with the data folder {data}") from None
        yield
    finally:
        os.close(descriptor)


_speaks_json = False


def speak_json() -> None:
    """From now on, for a program that reads what we say."""
    global _speaks_json
    _speaks_json = True


def say(name: str, text: str, *, is_event: bool = False) -> None:
    """A line of the log of the whole stack; as JSON, unless it is an event of a log already."""
    if _speaks_json:
        _print(text if is_event else as_json(name, text, "INFO", time.time()))
        return
    prefix = f"{name:<9} |"
    if sys.stdout.isatty():
        prefix = f"\x1b[{COLOURS.get(name, 37)}m{prefix}\x1b[0m"
    _print(f"{prefix} {text}")


def _print(line: str) -> None:
    try:
        print(line, flush=True)
    except BrokenPipeError:  # nobody reads any more; that is no reason to leave processes behind
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
