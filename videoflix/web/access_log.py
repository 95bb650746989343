"""The access log: what was refused or changed something. A film's thousand segments are not worth a line each."""

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger


class AccessLog(AbstractAccessLogger):
    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        if response.status < 400 and request.method in ("GET", "HEAD", "OPTIONS"):
            return
        # The pattern, not the path: a path may hold a token.
        resource = request.match_info.route.resource if isinstance(request, web.Request) else None
        self.logger.info(
            "%s %s %s %d %.0f ms",
            request.remote,
            request.method,
            resource.canonical if resource else "(no route)",
            response.status,
            time * 1000,
        )
