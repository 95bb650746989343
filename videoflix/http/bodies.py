"""JSON or a form in, JSON out. A request body is a Struct: its types are the validation."""

from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from aiohttp import BodyPartReader, ClientPayloadError, web
from aiohttp.http_exceptions import HttpProcessingError

from videoflix.errors import InvalidInput

MAX_BYTES = 1024 * 1024
MAX_FIELDS = 100
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"

# A broken chunk, a client that has gone.
BROKEN = (ClientPayloadError, HttpProcessingError, web.RequestPayloadError, ConnectionError)

Body = TypeVar("Body", bound=msgspec.Struct)


async def body(request: web.Request, most: int = MAX_BYTES) -> bytes:
    """The body of a request as it is. Raises InvalidInput for one that breaks off; aiohttp answers 413 for what is
    too long."""
    try:
        return await request.clone(client_max_size=most).read()
    except BROKEN:
        raise InvalidInput from None


async def read(request: web.Request, kind: type[Body]) -> Body:
    """The body of a request as `kind`: JSON, or a form, whose values are all texts.

    Raises InvalidInput; aiohttp answers 413 for what is too long.
    """
    try:
        if request.content_type == MULTIPART:
            found = msgspec.convert(await _multipart(request), kind)
        else:
            found = _decode(await body(request), kind, is_form=request.content_type == FORM)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise InvalidInput from None
    for name in kind.__struct_fields__:
        value = getattr(found, name)
        if isinstance(value, str) and not _is_text(value):
            raise InvalidInput
    return found


def _decode(content: bytes, kind: type[Body], *, is_form: bool) -> Body:
    """curl says of JSON that it is a form unless it is told otherwise. Raises DecodeError or ValueError."""
    if not is_form or content.lstrip().startswith(b"{"):
        return msgspec.json.decode(content, type=kind)
    fields = parse_qsl(content.decode().strip(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    return msgspec.convert(dict(fields), kind)  # of a name that occurs twice the last counts, as in Django


async def _multipart(request: web.Request) -> dict[str, str]:
    """The fields that are no files. aiohttp's post() would decode them with whatever codec a stranger names, and some
    of Python's take minutes. Raises InvalidInput or ValueError."""
    fields: dict[str, str] = {}
    try:
        reader = await request.clone(client_max_size=MAX_BYTES).multipart()
        for _ in range(MAX_FIELDS):
            part = await reader.next()
            if part is None:
                return fields
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise InvalidInput
            value = await part.read(decode=True)
            if request.content.total_bytes > MAX_BYTES:
                raise web.HTTPRequestEntityTooLarge(MAX_BYTES, request.content.total_bytes)
            if part.filename is None:
                fields[part.name] = value.decode()
    except (*BROKEN, RuntimeError, AssertionError):
        raise InvalidInput from None
    raise InvalidInput


def answer(value: Any, *, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")


def _is_text(value: str) -> bool:
    """Whether a database can hold it: no NUL, no half of a surrogate pair."""
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
