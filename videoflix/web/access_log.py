"""What the web process logs of requests: what was refused or changed something, and no secret that they carry."""

import logging

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from aiohttp.http_exceptions import HttpProcessingError


class AccessLog(AbstractAccessLogger):
    """A film's thousand segments are not worth a line each."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        if response.status < 400 and request.method in ("GET", "HEAD", "OPTIONS"):
            return
        self.logger.info(
            "%s %s %s %d %.0f ms", request.remote, request.method, _pattern(request), response.status, time * 1000
        )


def _pattern(request: web.BaseRequest) -> str:
    """The pattern of the route, not the path: a path may hold a token. What could not be read has no route."""
    match = getattr(request, "_match_info", None)
    resource = match.route.resource if match else None
    return resource.canonical if resource else "(no route)"


def without_bytes(record: logging.LogRecord) -> bool:
    """aiohttp shows the bytes that it could not parse, and those may be a cookie or a token."""
    if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
        record.msg, record.args = "a request could not be read (%s)", (type(record.exc_info[1]).__name__,)
        record.exc_info = None
        record.levelno, record.levelname = logging.INFO, "INFO"
    return True
