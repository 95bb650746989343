"""CORS: lets the configured origins read every response, errors included, by aiohttp-cors."""

from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from aiohttp_cors import CorsConfig, ResourceOptions
from aiohttp_cors.abc import AbstractRouterAdapter

from videoflix.http.resources import SETTINGS

UPLOADS = "/api/admin/uploads/"
TUS_ALLOW = ("Tus-Resumable", "Upload-Length", "Upload-Offset", "Upload-Metadata", "Upload-Checksum")
TUS_EXPOSE = (
    *("Tus-Resumable", "Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm", "Location"),
    *("Upload-Offset", "Upload-Length", "Upload-Metadata", "Upload-Expires"),
)
ALLOW = (
    *("Content-Type", "X-CSRFToken", "Range", "Authorization", "X-Requested-With"),
    *("Last-Event-ID", "X-HTTP-Method-Override", *TUS_ALLOW),
)
EXPOSE = ("Content-Range", "Accept-Ranges", "Content-Length", "ETag")
MAX_AGE = 3600

PREFLIGHT = web.AppKey[Handler]("preflight")
ADD_HEADERS = web.AppKey["Hook"]("add_headers")

Hook = Callable[[web.Request, web.StreamResponse], Awaitable[object]]
Options = dict[str, ResourceOptions]


class RouterAdapter(AbstractRouterAdapter):
    """Gives aiohttp-cors the same options for every request, with more exposed headers for uploads.

    The adapter of aiohttp-cors finds options by resource: it leaves out responses without one (404, 405), and refuses
    a resource with an OPTIONS handler of its own, which the tus protocol requires.
    """

    preflight: Handler

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._options = dict.fromkeys(origins, _options(EXPOSE))
        self._upload_options = dict.fromkeys(origins, _options((*EXPOSE, *TUS_EXPOSE)))

    def add_preflight_handler(self, resource: web.Resource, handler: Handler, webview: bool = False) -> None:
        self.preflight = handler
        if all(route.method != hdrs.METH_OPTIONS for route in resource):
            resource.add_route(hdrs.METH_OPTIONS, handler)

    def is_preflight_request(self, request: web.Request) -> bool:
        """Whether the preflight handler has answered, which sets its own headers."""
        return (
            request.method == hdrs.METH_OPTIONS
            and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
            and request.match_info.http_exception is None
        )

    def is_cors_enabled_on_request(self, request: web.Request) -> bool:
        return True

    def set_config_for_routing_entity(self, resource: web.Resource, config: object) -> None:
        """No resource has its own options."""

    async def get_preflight_request_config(self, request: web.Request, origin: str, requested_method: str) -> Options:
        return self._options

    def get_non_preflight_request_config(self, request: web.Request) -> Options:
        return self._upload_options if request.path.startswith(UPLOADS) else self._options


def setup(app: web.Application) -> None:
    """Allow the configured origins on every route. Call it after all routes have been added."""
    adapter = RouterAdapter(app[SETTINGS].cors_allowed_origins)
    cors = CorsConfig(app, router_adapter=adapter)
    for resource in app.router.resources():
        cors.add(resource)
    app[PREFLIGHT] = adapter.preflight
    app[ADD_HEADERS] = app.on_response_prepare.pop()


async def on_response_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers of CORS in the response to a request with an Origin."""
    await request.app[ADD_HEADERS](request, response)


async def preflight(request: web.Request) -> web.StreamResponse:
    """The response of aiohttp-cors, for a route that handles OPTIONS itself. Raises HTTPForbidden."""
    return await request.app[PREFLIGHT](request)


def _options(expose: tuple[str, ...]) -> ResourceOptions:
    """The options of one origin. The exposed headers are joined here: aiohttp-cors would join them in the order of a
    set, which differs between processes and from the gateway."""
    return ResourceOptions(  # type: ignore[no-untyped-call]
        allow_credentials=True,
        allow_headers=ALLOW,
        expose_headers=(",".join(expose),),
        allow_methods="*",
        max_age=MAX_AGE,
    )
