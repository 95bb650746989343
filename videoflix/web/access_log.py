"""The access log: what was refused or changed something. A film's thousand segments are not worth a line each."""

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger


class AccessLog(AbstractAccessLogger):
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
