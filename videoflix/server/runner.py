"""Serves on sockets that several processes share, and finishes requests that are being answered before it stops."""

import asyncio
import logging
import socket
from collections.abc import Sequence

from aiohttp import web
from aiohttp.web_server import Server

from videoflix.monitoring.resources import READINESS
from videoflix.server.connections import LimitedRunner

log = logging.getLogger(__name__)

# Connections that the kernel queues until a process accepts them.
BACKLOG = 1024
# The time to finish requests that are being answered.
FINISH_SECONDS = 10.0
# The time in which a client can still send a request on an open connection; the response then closes it.
IDLE_SECONDS = 0.5
POLL_SECONDS = 0.02
# The time for handlers that are cancelled after that.
CANCEL_SECONDS = 0.5


class Runner(LimitedRunner):
    def __init__(self, app: web.Application, sockets: Sequence[socket.socket]) -> None:
        super().__init__(app, shutdown_timeout=CANCEL_SECONDS)
        self._sockets = sockets
        self._listeners: list[asyncio.Server] = []

    async def setup(self) -> None:
        await super().setup()
        assert self.server
        for each in self._sockets:
            # Accept one connection per iteration of the loop: otherwise the first process to wake up takes them all.
            self._listeners.append(await _listen(self.server, each))

    async def cleanup(self) -> None:
        """Report that we are not ready, stop listening, end event streams (`on_shutdown`), and finish responses.
        Requests that arrive on open connections meanwhile are answered, and their connections closed."""
        if self.server:
            self.app[READINESS].is_stopping = True
            await self._close()
            await self.shutdown()
            await _drain(self.server)
        await super().cleanup()

    async def _close(self) -> None:
        loop = asyncio.get_running_loop()
        for listener in self._listeners:
            for each in listener.sockets:
                loop.remove_reader(each)
        await asyncio.sleep(0)  # a connection that was just accepted is created in the next iteration
        await asyncio.sleep(0)
        for listener in self._listeners:
            listener.close()


async def _listen(server: Server, listening: socket.socket) -> asyncio.Server:
    listener = await asyncio.get_running_loop().create_server(server, sock=listening, backlog=1)
    listening.listen(BACKLOG)
    return listener


async def _drain(server: Server) -> None:
    clock = asyncio.get_running_loop().time
    begin = clock()
    while server.connections and clock() - begin < FINISH_SECONDS:
        # aiohttp has no public attribute for this; tests/server/test_runner.py would fail if it was renamed.
        is_busy = any(connection._request_in_progress for connection in server.connections)
        if not is_busy and clock() - begin > IDLE_SECONDS:
            return
        await asyncio.sleep(POLL_SECONDS)
