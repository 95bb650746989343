"""A client of the tus protocol in a few lines, which says what the test wants."""

import base64
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientResponse

from tests.conftest import Client
from tests.films import Films

UPLOADS = "/api/admin/uploads/"
TUS = {"Tus-Resumable": "1.0.0"}
OCTETS = {**TUS, "Content-Type": "application/offset+octet-stream"}

Begin = Callable[..., Awaitable[str]]
Send = Callable[..., Awaitable[ClientResponse]]


def metadata(**told: str) -> dict[str, str]:
    pairs = (f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())
    return {"Upload-Metadata": ",".join(pairs)}


async def offset_of(client: Client, address: str) -> int:
    answer = await client.head(address, headers=TUS)
    assert answer.status == 200
    return int(answer.headers["Upload-Offset"])


async def told_of(client: Client, path: str) -> dict[str, Any]:
    told: dict[str, Any] = await (await client.get(path)).json()
    return told


@pytest.fixture
def film(films: Films) -> bytes:
    return films.make().read_bytes()


@pytest.fixture
def begin(logged_in: Client) -> Begin:
    """Announces a film of so many bytes; the address of the upload."""

    async def begin(length: int, **told: str) -> str:
        headers = {**TUS, "Upload-Length": str(length), **metadata(**{"filename": "film.mp4", **told})}
        answer = await logged_in.post(UPLOADS, headers=headers)
        assert answer.status == 201, await answer.text()
        return answer.headers["Location"]

    return begin


@pytest.fixture
def send(logged_in: Client) -> Send:
    """Sends a part."""

    async def send(
        address: str, offset: int | str, data: bytes | AsyncIterable[bytes], **headers: Any
    ) -> ClientResponse:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return await logged_in.patch(address, data=data, headers={**OCTETS, "Upload-Offset": str(offset), **told})

    return send
