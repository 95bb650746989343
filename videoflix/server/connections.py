"""Limits on connections: how many there may be, and how long a client may take with what it sends and reads."""

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_server import Server

from videoflix.http.bodies import answer
from videoflix.http.forwarded import is_trusted, network
from videoflix.http.resources import SETTINGS
from videoflix.http.response_headers import SERVER_NAME
from videoflix.monitoring.access_log import AccessLog
from videoflix.server.descriptors import most_connections

log = logging.getLogger(__name__)

# Between two requests, as with nginx (keepalive_timeout). Proxies keep their connections for later (nginx for 60 s,
# Caddy for 120 s), and close them first: with one of theirs we have aiohttp's own patience.
IDLE_SECONDS, PROXY_IDLE_SECONDS = 75.0, 3630.0
# For the head of a request; and for a body this many bytes per second, on average over this time. As Apache has it
# (RequestReadTimeout header=20 body=20,MinRate=500).
HEAD_SECONDS = 20.0
BODY_SECONDS, BODY_RATE = 20.0, 500
# Of an answer nothing has been read for so long, as with nginx (send_timeout).
READ_SECONDS = 60.0
LOOK_SECONDS = 1.0


class Connection(RequestHandler):
    """aiohttp's, which knows when it has been heard. Nothing is timed per request: the server looks at all of its
    connections once in a while."""

    __slots__ = ("_heard", "_mark", "_since", "_state", "is_ended", "last_heard", "peer")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._heard, self._mark, self._state = 0, 0, (0, False)
        self._since = self.last_heard = self._loop.time()
        self.is_ended = False
        server = self._manager
        assert isinstance(server, LimitedServer)
        self.peer = server.peer(transport)
        if not self.peer:
            self._keepalive_timeout = PROXY_IDLE_SECONDS
        _end_unread(transport.get_extra_info("socket"))
        super().connection_made(transport)
        server.make_room(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        if isinstance(self._manager, LimitedServer):
            self._manager.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._heard += len(data)
        self.last_heard = self._loop.time()
        super().data_received(data)

    @property
    def waits_for_client(self) -> bool:
        """Whether it is the client's turn: to ask, or to go on with the body of its request."""
        if not self._request_in_progress:
            return True
        asked = self._current_request
        is_paused = self._reading_paused or self._buffer_paused
        return asked is not None and not is_paused and not asked.content.is_eof()

    def check(self, now: float) -> None:
        """End the connection if the head of a request takes too long, or its body is too slow."""
        state = (self._request_count, self._request_in_progress)
        if state != self._state or self._is_at_rest():
            self._state, self._since, self._mark = state, now, self._heard
        elif not self._request_in_progress:
            if now - self._since >= HEAD_SECONDS:
                self.end()
        elif now - self._since >= BODY_SECONDS:
            if self._heard - self._mark < BODY_RATE * (now - self._since):
                self.end()
            self._since, self._mark = now, self._heard

    def end(self) -> None:
        """Both directions are shut, and whoever reads or writes here finds that out by itself: a sendfile would never
        hear of a socket that has been closed."""
        self.is_ended = True
        if self.transport is not None:
            try:
                self.transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
            except OSError:  # the client was faster
                self.transport.abort()

    def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> Coroutine[Any, Any, tuple[web.StreamResponse, bool]]:
        if isinstance(resp, web.HTTPExpectationFailed):  # it is raised before any middleware, and quotes the header
            resp = _refusal(resp.status)
        return super().finish_response(request, resp, start_time)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what could not be read as a request. It repeats nothing of it."""
        self.log_exception("Error handling request", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionResetError("the answer has begun already")
        refusal = _refusal(status)
        refusal.force_close()
        return refusal

    def log_exception(self, *args: Any, **more: Any) -> None:
        """aiohttp would show the bytes that it could not parse, and those may be a cookie or a token. A client that
        does not read is no error of ours either."""
        wrong = more.get("exc_info")
        if isinstance(wrong, HttpProcessingError | TimeoutError):
            log.info("a request could not be read or answered (%s)", type(wrong).__name__)
        else:
            super().log_exception(*args, **more)

    def _is_at_rest(self) -> bool:
        """Whether nothing is due from the client: it has yet to begin its next request, or it waits for us."""
        if self._request_in_progress:
            return not self.waits_for_client
        return self._request_count > 0 and self._heard == self._mark


class LimitedServer(Server):
    """Has a limited number of connections, and half as many with one address. For one too many, another one ends: the
    one for whose client we have waited longest."""

    def __init__(self, handler: Any, *, trusted: tuple[str, ...], **options: Any) -> None:
        super().__init__(handler, **options)
        self._trusted = trusted
        self._most = most_connections()
        self._peers: Counter[str] = Counter()

    def __call__(self) -> RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)

    def peer(self, transport: asyncio.BaseTransport) -> str:
        """The address, with IPv6 its network; empty for a proxy, which speaks for many."""
        name = transport.get_extra_info("peername")
        address = name[0] if isinstance(name, tuple) else ""
        return "" if not address or is_trusted(address, self._trusted) else network(address)

    def make_room(self, newcomer: Connection) -> None:
        self._peers[newcomer.peer] += 1
        if newcomer.peer and self._peers[newcomer.peer] > self._most // 2:
            self._end_one(newcomer.peer)
        elif len(self._connections) > self._most:
            self._end_one()

    def leave(self, connection: Connection) -> None:
        self._peers[connection.peer] -= 1
        if not self._peers[connection.peer]:
            del self._peers[connection.peer]

    def check(self) -> None:
        for connection in self._limited():
            connection.check(self._loop.time())

    def _end_one(self, peer: str | None = None) -> None:
        """The newcomer is among them, and the last to be ended: that is if all others wait for us."""
        waiting = [each for each in self._limited() if each.waits_for_client and (peer is None or each.peer == peer)]
        if waiting:
            min(waiting, key=lambda each: each.last_heard).end()

    def _limited(self) -> list[Connection]:
        return [each for each in self._connections if isinstance(each, Connection) and not each.is_ended]


class LimitedRunner(web.AppRunner):
    """Runs an application on a server with limits. Bodies are not unpacked: a small one could become a very large
    one."""

    def __init__(self, app: web.Application, **options: Any) -> None:
        options = {"access_log_class": AccessLog, "auto_decompress": False, **options}
        super().__init__(app, keepalive_timeout=IDLE_SECONDS, **options)
        self._watch: asyncio.Task[None] | None = None

    async def cleanup(self) -> None:
        if self._watch:
            self._watch.cancel()
        await super().cleanup()

    async def _make_server(self) -> Server:
        made = await super()._make_server()
        server = LimitedServer(
            made.request_handler,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            trusted=self.app[SETTINGS].trusted_proxies,
            **made._kwargs,
        )
        self._watch = asyncio.create_task(_watch(server))
        return server


async def _watch(server: LimitedServer) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        server.check()


def _end_unread(line: socket.socket) -> None:
    """Have the kernel end a connection on which nothing of an answer is taken for too long."""
    if hasattr(socket, "TCP_USER_TIMEOUT") and line.family in (socket.AF_INET, socket.AF_INET6):
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(READ_SECONDS * 1000))


def _refusal(status: int) -> web.Response:
    """An answer that no middleware has seen; its shape is the same."""
    refusal = answer({"detail": HTTPStatus(status).phrase + "."}, status=status)
    refusal.headers.update({"Server": SERVER_NAME, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
    return refusal
