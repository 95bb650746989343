"""JSON in and out. A request body is a Struct: its types are the validation."""

from typing import Any, TypeVar

import msgspec
from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import HttpProcessingError

from videoflix.errors import InvalidInput

MOST_BYTES = 1024 * 1024

Body = TypeVar("Body", bound=msgspec.Struct)


async def read(request: web.Request, kind: type[Body]) -> Body:
    """The body of a request as `kind`. Raises InvalidInput; aiohttp answers 413 for what is too long."""
    try:
        body = msgspec.json.decode(await request.read(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidInput from None
    except (ClientPayloadError, HttpProcessingError, web.RequestPayloadError, ConnectionError):
        raise InvalidInput from None  # a wrong encoding, a broken chunk, a client that has gone
    for name in kind.__struct_fields__:
        value = getattr(body, name)
        if isinstance(value, str) and not _is_text(value):
            raise InvalidInput
    return body


def answer(value: Any, *, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")


def _is_text(value: str) -> bool:
    """Whether a database can hold it: no NUL, no half of a surrogate pair."""
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
