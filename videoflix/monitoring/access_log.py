"""Counts all requests, and logs those that failed or changed something, without the secrets in their URLs."""

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from videoflix.http.access import is_unlogged
from videoflix.http.forwarded import address
from videoflix.monitoring.resources import REQUEST_METRICS


class AccessLog(AbstractAccessLogger):
    """Successful reads are not logged, as a film has a thousand segments, nor are positions of players."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        parsed = _parsed(request)
        if parsed is not None:
            parsed.app[REQUEST_METRICS].count(parsed, response, time)
        is_read = request.method in ("GET", "HEAD", "OPTIONS")
        if response.status < 400 and (is_read or (parsed is not None and is_unlogged(parsed.match_info.handler))):
            return
        self.logger.info(
            "%s %s %s %d %.0f ms",
            request.remote if parsed is None else address(parsed),
            request.method,
            "(no route)" if parsed is None else _pattern(parsed),
            response.status,
            time * 1000,
        )


def _parsed(request: web.BaseRequest) -> web.Request | None:
    """The request, or None if it could not be parsed: then it has no route and no application."""
    is_parsed = isinstance(request, web.Request) and getattr(request, "_match_info", None) is not None
    return request if is_parsed else None  # type: ignore[return-value]


def _pattern(request: web.Request) -> str:
    """The pattern of the route instead of the path, which may contain a token."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "(no route)"
