"""Reads request bodies (JSON or forms) into Structs, whose types validate them, and writes JSON responses."""

from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from aiohttp import BodyPartReader, ClientPayloadError, web
from aiohttp.http_exceptions import HttpProcessingError

from videoflix.errors import InvalidInput

MAX_BYTES = 1024 * 1024
MAX_FIELDS = 100
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"

# An invalid chunk, or a client that disconnected.
BODY_ERRORS = (ClientPayloadError, HttpProcessingError, web.RequestPayloadError, ConnectionError)

Body = TypeVar("Body", bound=msgspec.Struct)


async def body(request: web.Request, max_bytes: int = MAX_BYTES) -> bytes:
    """The raw body of a request.

    Raises InvalidInput if it is incomplete, HTTPRequestEntityTooLarge if it is longer than `max_bytes`.
    """
    try:
        return await request.clone(client_max_size=max_bytes).read()
    except BODY_ERRORS:
        raise InvalidInput from None


async def read(request: web.Request, kind: type[Body]) -> Body:
    """The body of a request as `kind`, from JSON or from a form, whose values are strings.

    Raises InvalidInput, or HTTPRequestEntityTooLarge if it is longer than MAX_BYTES.
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
        if isinstance(value, str) and not _is_storable(value):
            raise InvalidInput
    return found


def _decode(content: bytes, kind: type[Body], *, is_form: bool) -> Body:
    """Decode JSON also if it is labelled as a form, as curl does by default. Raises DecodeError or ValueError."""
    if not is_form or content.lstrip().startswith(b"{"):
        return msgspec.json.decode(content, type=kind)
    fields = parse_qsl(content.decode().strip(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    return msgspec.convert(dict(fields), kind)  # the last value of a name counts, as in Django


async def _multipart(request: web.Request) -> dict[str, str]:
    """The fields of a form that are not files, decoded as UTF-8.

    aiohttp's post() decodes them with the codec that the client names, and some of Python's codecs take minutes.
    Raises InvalidInput, ValueError or HTTPRequestEntityTooLarge.
    """
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
    except (*BODY_ERRORS, RuntimeError, AssertionError):
        raise InvalidInput from None
    raise InvalidInput


def encode(value: Any) -> bytes:
    return msgspec.json.encode(value)


def answer(value: Any, *, status: int = 200) -> web.Response:
    return web.Response(body=encode(value), status=status, content_type="application/json")


def _is_storable(value: str) -> bool:
    """Whether PostgreSQL can store it: no NUL, no lone surrogate."""
    return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
