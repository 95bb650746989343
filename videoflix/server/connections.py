"""Limits the number of connections, and the time that clients take to send requests and to read responses."""

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
from videoflix.http.request_ids import RequestIds
from videoflix.http.resources import REQUEST_IDS, SETTINGS
from videoflix.http.response_headers import REQUEST_ID, SERVER_NAME
from videoflix.monitoring.access_log import AccessLog
from videoflix.request_id import CURRENT
from videoflix.server.descriptors import max_connections

log = logging.getLogger(__name__)

# Keep-alive between two requests, as in nginx (keepalive_timeout). Proxies pool connections (nginx for 60 s, Caddy
# for 120 s) and must be the first to close them, so for them it is aiohttp's own default.
IDLE_SECONDS, PROXY_IDLE_SECONDS = 75.0, 3630.0
# The time for the head of a request, and the minimum rate of its body in bytes per second, averaged over
# BODY_SECONDS. As in Apache (RequestReadTimeout header=20 body=20,MinRate=500).
HEAD_SECONDS = 20.0
BODY_SECONDS, BODY_RATE = 20.0, 500
# The time in which a client must read some of a response, as in nginx (send_timeout).
READ_SECONDS = 60.0
CHECK_SECONDS = 1.0


class Connection(RequestHandler):
    """aiohttp's connection, which also records when it received data. There is no timer per request: the server
    checks all connections periodically."""

    __slots__ = ("_mark", "_received", "_since", "_state", "is_ended", "last_received", "peer")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._received, self._mark, self._state = 0, 0, (0, False)
        self._since = self.last_received = self._loop.time()
        self.is_ended = False
        server = self._manager
        assert isinstance(server, LimitedServer)
        self.peer = server.peer(transport)
        if not self.peer:
            self._keepalive_timeout = PROXY_IDLE_SECONDS
        _end_unread(transport.get_extra_info("socket"))
        super().connection_made(transport)
        server.enforce_limits(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        if isinstance(self._manager, LimitedServer):
            self._manager.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        self.last_received = self._loop.time()
        super().data_received(data)

    @property
    def waits_for_client(self) -> bool:
        """Whether the client has to send something: a request, or more of its body."""
        if not self._request_in_progress:
            return True
        request = self._current_request
        is_paused = self._reading_paused or self._buffer_paused
        return request is not None and not is_paused and not request.content.is_eof()

    def check(self, now: float) -> None:
        """End the connection if the head of a request takes too long, or its body is too slow."""
        state = (self._request_count, self._request_in_progress)
        if state != self._state or self._is_at_rest():
            self._state, self._since, self._mark = state, now, self._received
        elif not self._request_in_progress:
            if now - self._since >= HEAD_SECONDS:
                self.end()
        elif now - self._since >= BODY_SECONDS:
            if self._received - self._mark < BODY_RATE * (now - self._since):
                self.end()
            self._since, self._mark = now, self._received

    def end(self) -> None:
        """Shut down both directions, so that pending reads and writes fail. A sendfile would not notice a socket that
        is merely closed."""
        self.is_ended = True
        if self.transport is not None:
            try:
                self.transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
            except OSError:  # the client has closed it already
                self.transport.abort()

    def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> Coroutine[Any, Any, tuple[web.StreamResponse, bool]]:
        if isinstance(resp, web.HTTPExpectationFailed):  # raised before any middleware, and it quotes the header
            CURRENT.set("")  # that of the request before, on the same connection
            resp = _error_response(resp.status)
        return super().finish_response(request, resp, start_time)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a request that could not be parsed, without quoting any of it."""
        if isinstance(self._manager, LimitedServer):
            CURRENT.set(self._manager.request_ids.next())
        self.log_exception("Error handling request", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionResetError("the response has already started")
        response = _error_response(status)
        response.headers.update({REQUEST_ID: CURRENT.get(), "Vary": "Origin"})
        response.force_close()
        return response

    def log_exception(self, *args: Any, **more: Any) -> None:
        """Unlike aiohttp, log no bytes that could not be parsed: they may contain a cookie or a token. A client that
        does not read its response is not an error of the server."""
        error = more.get("exc_info")
        if isinstance(error, HttpProcessingError | TimeoutError):
            log.info("a request could not be read or answered (%s)", type(error).__name__)
        else:
            super().log_exception(*args, **more)

    def _is_at_rest(self) -> bool:
        """Whether the client is not overdue: it has not begun its next request, or is waiting for us."""
        if self._request_in_progress:
            return not self.waits_for_client
        return self._request_count > 0 and self._received == self._mark


class LimitedServer(Server):
    """Limits the number of connections in total, and to half of that per client address. Above a limit, the
    connection whose client has been silent for longest is closed."""

    def __init__(self, handler: Any, *, trusted: tuple[str, ...], request_ids: RequestIds, **options: Any) -> None:
        super().__init__(handler, **options)
        self.request_ids = request_ids
        self._trusted = trusted
        self._most = max_connections()
        self._peers: Counter[str] = Counter()

    def __call__(self) -> RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)

    def peer(self, transport: asyncio.BaseTransport) -> str:
        """The client address, or its network with IPv6. Empty for a trusted proxy, which has many clients."""
        name = transport.get_extra_info("peername")
        address = name[0] if isinstance(name, tuple) else ""
        return "" if not address or is_trusted(address, self._trusted) else network(address)

    def enforce_limits(self, newcomer: Connection) -> None:
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
        """Close the connection that has been silent for longest. It is the newest if all others wait for us."""
        waiting = [each for each in self._limited() if each.waits_for_client and (peer is None or each.peer == peer)]
        if waiting:
            min(waiting, key=lambda each: each.last_received).end()

    def _limited(self) -> list[Connection]:
        return [each for each in self._connections if isinstance(each, Connection) and not each.is_ended]


class LimitedRunner(web.AppRunner):
    """Runs an application on a LimitedServer. Bodies are not decompressed: a small one could become very large."""

    def __init__(self, app: web.Application, **options: Any) -> None:
        options = {"access_log_class": AccessLog, "auto_decompress": False, **options}
        super().__init__(app, keepalive_timeout=IDLE_SECONDS, **options)
        self._checks: asyncio.Task[None] | None = None

    async def cleanup(self) -> None:
        if self._checks:
            self._checks.cancel()
        await super().cleanup()

    async def _make_server(self) -> Server:
        made = await super()._make_server()
        server = LimitedServer(
            made.request_handler,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            trusted=self.app[SETTINGS].trusted_proxies,
            request_ids=self.app[REQUEST_IDS],
            **made._kwargs,
        )
        self._checks = asyncio.create_task(_check_periodically(server))
        return server


async def _check_periodically(server: LimitedServer) -> None:
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        server.check()


def _end_unread(line: socket.socket) -> None:
    """Have the kernel close a connection whose client reads nothing of a response for READ_SECONDS."""
    if hasattr(socket, "TCP_USER_TIMEOUT") and line.family in (socket.AF_INET, socket.AF_INET6):
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(READ_SECONDS * 1000))


def _error_response(status: int) -> web.Response:
    """An error response with the headers that middlewares would have set."""
    response = answer({"detail": HTTPStatus(status).phrase + "."}, status=status)
    response.headers.update({"Server": SERVER_NAME, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
    return response
