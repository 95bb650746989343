"""What the web process notes of requests: it counts all, and logs what was refused or changed something, and no
secret that they carry."""

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from videoflix.http.forwarded import address
from videoflix.monitoring.resources import REQUEST_METRICS


class AccessLog(AbstractAccessLogger):
    """A film's thousand segments are not worth a line each."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        known = _as_known(request)
        if known is not None:
            known.app[REQUEST_METRICS].count(known, response, time)
        if response.status < 400 and request.method in ("GET", "HEAD", "OPTIONS"):
            return
        self.logger.info(
            "%s %s %s %d %.0f ms",
            request.remote if known is None else address(known),
            request.method,
            "(no route)" if known is None else _pattern(known),
            response.status,
            time * 1000,
        )


def _as_known(request: web.BaseRequest) -> web.Request | None:
    """The request, unless it could not be read: then it has no route, and no application."""
    is_known = isinstance(request, web.Request) and getattr(request, "_match_info", None) is not None
    return request if is_known else None  # type: ignore[return-value]


def _pattern(request: web.Request) -> str:
    """The pattern of the route, not the path: a path may hold a token."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "(no route)"
