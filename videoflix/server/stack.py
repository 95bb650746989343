"""The supervisor of bin/start: starts processes in order, restarts those that end, and stops them in reverse."""

import asyncio
import fcntl
import os
import signal
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from videoflix.errors import VideoflixError
from videoflix.server.children import die_with_parent
from videoflix.server.output import log_hint, record, say

# A process that ends this often within this many seconds is not restarted.
MAX_EXITS, WITHIN_SECONDS = 5, 60.0
RESTART_SECONDS = 1.0
LINE_BYTES = 1024 * 1024


class StackError(VideoflixError):
    """The processes cannot be kept running. The message says why."""


class Child:
    """One process of the stack, which is restarted when it ends unexpectedly."""

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
        """`prepare` is called in a thread before each start, with the exit status of the last run, if there was one.
        `is_ours`: its output is already in the format of our log, and printed; that of others is only recorded."""
        self.name = name
        self._prepare = prepare
        self._is_ours = is_ours
        self._command = command
        self._stop = stop
        self._stop_seconds = stop_seconds
        self._options = options or {"start_new_session": True, "preexec_fn": die_with_parent(stop)}
        self._process: asyncio.subprocess.Process | None = None
        self._restarts: asyncio.Task[None] | None = None
        self._exits: list[float] = []
        self._last_report = ""
        self._last_lines: deque[str] = deque(maxlen=1 if is_ours else 3)

    async def start(self, on_give_up: Callable[[str], None]) -> None:
        """Start it and keep it running. `on_give_up` is called with the reason if that is not possible."""
        await self._launch()
        self._restarts = asyncio.create_task(self._restart_when_ended(on_give_up))

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def stop(self) -> None:
        """Stop it, and kill it if that takes too long."""
        if self._restarts:
            self._restarts.cancel()
            await asyncio.gather(self._restarts, return_exceptions=True)
        if not self._process:
            return
        self._signal(self._stop)
        try:
            async with asyncio.timeout(self._stop_seconds):
                await self._process.wait()
        except TimeoutError:
            say("videoflix", f"{self.name} does not stop; killing it")
        self._signal(signal.SIGKILL, group=True)
        await self._process.wait()

    async def _launch(self) -> None:
        self._last_lines.clear()
        await asyncio.to_thread(self._prepare, self._process.returncode if self._process else None)
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=LINE_BYTES,
            **self._options,
        )
        self._output = asyncio.create_task(self._copy_output(self._process))

    async def _copy_output(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # the line is longer than LINE_BYTES
                continue
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip()
            self._last_lines.append(text)
            if self._is_ours:
                say(self.name, text, is_event=True)
            else:
                record(self.name, text)

    async def _restart_when_ended(self, on_give_up: Callable[[str], None]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            assert self._process is not None
            status = await self._process.wait()
            await self._output
            self._exits = [end for end in self._exits if end > loop.time() - WITHIN_SECONDS] + [loop.time()]
            if len(self._exits) >= MAX_EXITS:
                on_give_up(f"{self.name} ended {MAX_EXITS} times within a minute{self._last_words()}.{log_hint()}")
                return
            report = f"{self.name} ended unexpectedly (status {status}){self._last_words()}; restarting it"
            (record if report == self._last_report else say)("videoflix", report)
            self._last_report = report
            await asyncio.sleep(RESTART_SECONDS)
            try:
                await self._launch()
            except (VideoflixError, OSError) as error:
                on_give_up(f"{self.name} cannot be restarted: {error}")
                return

    def _last_words(self) -> str:
        return f": {' / '.join(self._last_lines)}" if self._last_lines else ""

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
    """The processes in the order of their start, and whether they should stop."""

    def __init__(self) -> None:
        self._layers: list[list[Child]] = []
        self._stopped: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

    async def start(self, *children: Child) -> None:
        """Start a layer: processes that stop together, before the layers that were started earlier."""
        self._layers.append(list(children))
        for child in children:
            try:
                await child.start(self.request_stop)
            except OSError as error:
                raise StackError(f"{child.name} cannot be started: {error}") from None

    def request_stop(self, reason: str | None = None) -> None:
        if not self._stopped.done():
            self._stopped.set_result(reason)

    async def wait_until_stopped(self) -> None:
        """Raises StackError if the reason is a process that could not be kept running."""
        reason = await asyncio.shield(self._stopped)
        if reason:
            raise StackError(reason)

    async def wait_until_ready(self, is_ready: Callable[[], Any], what: str, seconds: float) -> None:
        """Wait for a service. Raises StackError after `seconds`, or if a stop is requested meanwhile."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while not await asyncio.to_thread(is_ready):
            if self._stopped.done():
                raise StackError(self._stopped.result() or "stopped")
            if loop.time() > deadline:
                raise StackError(f"{what} is not ready after {seconds:.0f} seconds.{log_hint()}")
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        for layer in reversed(self._layers):
            await asyncio.gather(*(child.stop() for child in layer))


@asynccontextmanager
async def stack() -> AsyncIterator[Stack]:
    """A stack that is stopped when the block ends, in any way. SIGINT, SIGTERM and SIGHUP cancel the block."""
    loop, running = asyncio.get_running_loop(), Stack()
    block = asyncio.current_task()
    assert block is not None

    def stop() -> None:
        if not running._stopped.done():
            say("videoflix", "stopping")
            running.request_stop()
            block.cancel()

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for each in signals:
        loop.add_signal_handler(each, stop)
    try:
        yield running
    except asyncio.CancelledError:
        if not running._stopped.done():
            raise
    finally:
        await running.stop()
        for each in signals:
            loop.remove_signal_handler(each)


@asynccontextmanager
async def single_instance(data: Path) -> AsyncIterator[None]:
    """Allow one stack per data folder, with a lock that ends with the process. Raises StackError."""
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.fchmod(descriptor, 0o600)  # whoever can open it could take the lock
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"Videoflix is already running with the data folder {data}") from None
        yield
    finally:
        os.close(descriptor)
