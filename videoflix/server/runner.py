"""Serves on sockets that several processes share, and stops without dropping what is under way."""

import asyncio
import logging
import socket
from collections.abc import Sequence

from aiohttp import web
from aiohttp.web_server import Server

from videoflix.monitoring.resources import READINESS
from videoflix.server.connections import LimitedRunner

log = logging.getLogger(__name__)

# Connections that the kernel keeps for us until one of the processes has time.
BACKLOG = 1024
# Answers that are under way may end within this many seconds.
FINISH_SECONDS = 10.0
# A client that is about to ask again on an open connection does so within this time, and is told to go elsewhere.
IDLE_SECONDS = 0.5
LOOK_SECONDS = 0.02
# For what is still there then: it is cancelled.
LAST_SECONDS = 0.5


class Runner(LimitedRunner):
    def __init__(self, app: web.Application, sockets: Sequence[socket.socket]) -> None:
        super().__init__(app, shutdown_timeout=LAST_SECONDS)
        self._sockets = sockets
        self._listeners: list[asyncio.Server] = []

    async def setup(self) -> None:
        await super().setup()
        assert self.server
        for each in self._sockets:
            # One connection per turn of the loop: with more the first process to wake up takes them all.
            self._listeners.append(await _listen(self.server, each))

    async def cleanup(self) -> None:
        """Readiness goes first. Then nobody is let in, streams without an end are ended (`on_shutdown`), answers
        are finished, and whoever asks on an open connection is answered for a last time."""
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
        await asyncio.sleep(0)  # who has just been accepted becomes a connection in the next turn
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
        # aiohttp has no name for this that is public; tests/web/test_runner.py would notice another one.
        is_busy = any(connection._request_in_progress for connection in server.connections)
        if not is_busy and clock() - begin > IDLE_SECONDS:
            return
        await asyncio.sleep(LOOK_SECONDS)
