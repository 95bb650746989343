"""Forks the web processes with gunicorn, which replaces those that die, reloads and stops them."""

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

# After its responses, a process that stops also has to close its connections to the database.
STOP_SECONDS = int(FINISH_SECONDS) + 5
# A process whose event loop is blocked for this long is replaced.
STUCK_SECONDS = 30
# The signals that end a process. They are blocked, and so kept pending, until it has handlers for them.
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class Master(Arbiter):  # type: ignore[misc]
    """Blocks signals while it forks: a new child still has the handlers of its parent, which would ignore them."""

    def spawn_worker(self) -> Any:
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            return super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)


class Worker(GunicornWebWorker):
    """A web process."""

    slot = 0

    def load_wsgi(self) -> None:
        self.wsgi = self._make_runner

    def init_signals(self) -> None:
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Handle SIGTERM at once, like SIGINT, rather than at the next tick."""
        self.handle_quit(sig, frame)

    async def _make_runner(self) -> web.AppRunner:
        """Our runner listens on the sockets, so take them away from gunicorn's worker."""
        sockets = [each.sock for each in self.sockets]
        self.sockets.clear()
        return Runner(create_app(self.app.settings, self.app.shared, self.slot), sockets)


class GunicornLogger(Logger):  # type: ignore[misc]
    """Passes gunicorn's messages to our log, without handlers, formats and files of its own."""

    def setup(self, cfg: Any) -> None:
        self.cfg = cfg
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)


class Prefork(BaseApplication):  # type: ignore[misc]
    """Serves on open sockets. At a reload (SIGHUP), `read` returns the new settings."""

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
        """Keep the old settings if the new ones are invalid."""
        try:
            self.settings = self._read()
        except (SettingsError, VideoflixError, OSError) as error:
            log.error("the settings are invalid, keeping the old ones: %s", error)
        super().reload()
        log.info("reloaded: %d new web processes take over", self.settings.web_processes)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then raise SystemExit. The garbage collector must not touch objects from
        before the fork: it would copy the memory pages that all processes share."""
        raise_limit()
        gc.collect()
        gc.freeze()
        Master(self).run()

    def _assign_slot(self, arbiter: Arbiter, worker: Worker) -> None:
        """Choose a slot of the counters that no running process writes to."""
        taken = {each.slot for each in arbiter.WORKERS.values()}
        worker.slot = next(number for number in range(self.shared.slots) if number not in taken)


def listen(host: str, port: int) -> list[socket.socket]:
    """Open a socket for each address of the host. Raises VideoflixError."""
    opened: list[socket.socket] = []
    problem: OSError | None = None
    for family, kind, protocol, _, address in socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    ):
        try:
            opened.append(_bind(socket.socket(family, kind, protocol), address))
        except OSError as error:
            problem = error
            if error.errno != errno.EADDRNOTAVAIL:  # a name may have an address that this machine does not use
                break
    if opened and (problem is None or problem.errno == errno.EADDRNOTAVAIL):
        return opened
    for each in opened:
        each.close()
    why = problem.strerror if problem else "no such address"
    raise VideoflixError(f"cannot listen on {host}:{port}: {why} (see HOST and PORT)") from None


def _bind(fresh: socket.socket, address: Any) -> socket.socket:
    try:
        fresh.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if fresh.family == socket.AF_INET6:
            fresh.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        fresh.bind(address)
        fresh.listen()
    except OSError:
        fresh.close()
        raise
    return fresh
