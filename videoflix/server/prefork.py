"""Several web processes from one: gunicorn forks them, replaces those that die, reloads and stops them; what they say
goes into our log."""

import errno
import gc
import logging
import signal
import socket
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.worker import GunicornWebWorker
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from videoflix.app import create_app
from videoflix.errors import VideoflixError
from videoflix.monitoring.request_metrics import SharedCounters
from videoflix.server.children import die_with_parent
from videoflix.server.descriptors import raise_limit
from videoflix.server.runner import FINISH_SECONDS, Runner
from videoflix.settings import MAX_WEB_PROCESSES, Settings, SettingsError

log = logging.getLogger(__name__)

# A process that stops has more to do than to finish its answers: connections to the database are closed.
STOP_SECONDS = int(FINISH_SECONDS) + 5
# A process whose loop has not turned for so long is replaced.
STUCK_SECONDS = 30
# What a process is told to end by; until it can hear that, the kernel keeps it.
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class Master(Arbiter):  # type: ignore[misc]
    """A child that is just beginning has its master's handlers, which would take a signal and do nothing."""

    def spawn_worker(self) -> Any:
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
        try:
            return super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)


class Worker(GunicornWebWorker):
    """A web process."""

    slot = 0

    def load_wsgi(self) -> None:
        self.wsgi = self._make_runner

    def init_signals(self) -> None:
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM is heard at once, as SIGINT is, and not at the next tick."""
        self.handle_quit(sig, frame)

    async def _make_runner(self) -> web.AppRunner:
        """The runner listens itself, so gunicorn's worker is left with no socket to do it on."""
        sockets = [each.sock for each in self.sockets]
        self.sockets.clear()
        return Runner(create_app(self.app.settings, self.app.shared, self.slot), sockets)


class GunicornLogger(Logger):  # type: ignore[misc]
    """No handlers, formats and files of its own."""

    def setup(self, cfg: Any) -> None:
        self.cfg = cfg
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)


class Prefork(BaseApplication):  # type: ignore[misc]
    """Serves on sockets that are open already; `read` tells the settings anew at a reload (SIGHUP)."""

    def __init__(self, settings: Settings, read: Callable[[], Settings], sockets: list[socket.socket]) -> None:
        self.settings = settings
        self.shared = SharedCounters(2 * MAX_WEB_PROCESSES + 2)
        self._read = read
        self._bind = [f"fd://{each.detach()}" for each in sockets]
        self._bound = die_with_parent(signal.SIGTERM)
        super().__init__()

    def load_config(self) -> None:
        wanted = {
            "bind": self._bind,
            "workers": self.settings.web_processes,
            "worker_class": Worker,
            "timeout": STUCK_SECONDS,
            "graceful_timeout": STOP_SECONDS,
            "logger_class": GunicornLogger,
            "control_socket_disable": True,
            "pre_fork": self._assign_slot,
            "post_fork": lambda arbiter, worker: self._bound(),
        }
        for name, value in wanted.items():
            self.cfg.set(name, value)

    def reload(self) -> None:
        """With settings that cannot be used, it stays at the old ones."""
        try:
            self.settings = self._read()
        except (SettingsError, VideoflixError, OSError) as wrong:
            log.error("the settings stay as they were: %s", wrong)
        super().reload()
        log.info("reloaded: %d new web processes take over", self.settings.web_processes)

    def run(self) -> None:
        """Until SIGTERM or SIGINT; ends by SystemExit. What is there now is shared by all processes: the collector
        of garbage must not touch it, or every page of it would be copied."""
        raise_limit()
        gc.collect()
        gc.freeze()
        Master(self).run()

    def _assign_slot(self, arbiter: Arbiter, worker: Worker) -> None:
        """A slot of the counters that no living process writes to."""
        taken = {each.slot for each in arbiter.WORKERS.values()}
        worker.slot = next(number for number in range(self.shared.slots) if number not in taken)


def listen(host: str, port: int) -> list[socket.socket]:
    """A socket for each address that the host stands for. Raises VideoflixError."""
    opened: list[socket.socket] = []
    problem: OSError | None = None
    for family, kind, protocol, _, place in socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    ):
        try:
            opened.append(_bind(socket.socket(family, kind, protocol), place))
        except OSError as error:
            problem = error
            if error.errno != errno.EADDRNOTAVAIL:  # a name may stand for an address that is not in use here
                break
    if opened and (problem is None or problem.errno == errno.EADDRNOTAVAIL):
        return opened
    for each in opened:
        each.close()
    why = problem.strerror if problem else "no such address"
    raise VideoflixError(f"cannot listen on {host}:{port}: {why} (see HOST and PORT)") from None


def _bind(fresh: socket.socket, place: Any) -> socket.socket:
    try:
        fresh.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if fresh.family == socket.AF_INET6:
            fresh.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        fresh.bind(place)
        fresh.listen()
    except OSError:
        fresh.close()
        raise
    return fresh
