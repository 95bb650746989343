import asyncio
import logging

import pytest

from tests.conftest import Client
from videoflix.web.access_log import without_bytes


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nCookie: refresh_token=SECRET\x01\r\n\r\n",
        b"GET /api/activate/MQ/SECRET\xff/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: localhost\r\nCookie: SECRET" + b"x" * 20_000 + b"\r\n\r\n",
    ],
)
async def test_a_request_that_cannot_be_read_does_not_get_into_the_log(
    client: Client, caplog: pytest.LogCaptureFixture, request_bytes: bytes
) -> None:
    logger = logging.getLogger("aiohttp.server")
    logger.addFilter(without_bytes)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(request_bytes)
        assert b" 400 " in (await reader.read(4096))[:20]
        writer.close()
        await writer.wait_closed()
    finally:
        logger.removeFilter(without_bytes)
    assert "SECRET" not in caplog.text
    assert "Traceback" not in caplog.text
