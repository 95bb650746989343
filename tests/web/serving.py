"""A test server that counts and logs requests as the real one does."""

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.conftest import AsServed
from videoflix.web.access_log import AccessLog


async def served(app: web.Application) -> TestServer:
    server = AsServed(app)
    await server.start_server(access_log_class=AccessLog)
    return server
