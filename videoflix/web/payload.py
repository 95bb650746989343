"""JSON in and out. A request body is a Struct: its types are the validation."""

from typing import Any, TypeVar

import msgspec
from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import HttpProcessingError

from videoflix.errors import InvalidInput

MOST_BYTES = 1024 * 1024

Body = TypeVar("Body", bound=msgspec.Struct)


async def body(request: web.Request, most: int = MOST_BYTES) -> bytes:
    """The body of a request as it is. Raises InvalidInput for one that breaks off; aiohttp answers 413 for what is
    too long."""
    try:
        return await request.clone(client_max_size=most).read()
    except (ClientPayloadError, HttpProcessingError, web.RequestPayloadError, ConnectionError):
        raise InvalidInput from None  # a broken chunk, a client that has gone


async def read(request: web.Request, kind: type[Body]) -> Body:
    """The body of a request as `kind`. Raises InvalidInput; aiohttp answers 413 for what is too long."""
    try:
        found = msgspec.json.decode(await body(request), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidInput from None
    for name in kind.__struct_fields__:
        value = getattr(found, name)
        if isinstance(value, str) and not _is_text(value):
            raise InvalidInput
    return found


def answer(value: Any, *, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")


def _is_text(value: str) -> bool:
    """Whether a database can hold it: no NUL, no half of a surrogate pair."""
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
