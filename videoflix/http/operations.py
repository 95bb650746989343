"""Declares what handlers read and answer, for the reference of the API (`reference/document.py`).

The types of bodies are those that validate them, and errors are the classes that handlers raise. What follows from
the decorators of `http/access.py`, from the path and from the method is not repeated.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web
from msgspec import UNSET, Struct, UnsetType

from videoflix.errors import VideoflixError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Detail(Struct, frozen=True):
    """What was done, in a sentence."""

    detail: str


class Error(Struct, frozen=True):
    """Why a request was refused. `fields` has a sentence for each invalid field, `request_id` is how the log names an
    internal error, `message` repeats `detail` for activations, `error` is a code of RFC 8628, and `video_id` names
    the video that has an uploaded film already."""

    detail: str
    fields: dict[str, str] | UnsetType = UNSET
    request_id: str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    error: str | UnsetType = UNSET
    video_id: int | UnsetType = UNSET


class Media(Struct, frozen=True):
    """A body that is not JSON, or whose lines are: `item` is the type of each."""

    content_type: str
    example: str | None = None
    item: type[Struct] | None = None


class Parameter(Struct, frozen=True, kw_only=True):
    """A parameter of the query, a header or a part of the path, with the JSON schema of its value."""

    name: str
    description: str
    schema: dict[str, Any]
    example: Any
    place: str = "query"
    is_required: bool = False


class Operation(Struct, frozen=True, kw_only=True):
    """What a handler does. A body is a type, or media; None is no body.

    `headers` are those of the answers that have a meaning of their own. `is_conditional` answers evaluate
    If-None-Match, and those with ranges also Range, If-Range and If-Modified-Since. `takes_refresh_cookie`: the
    request is authenticated by the refresh cookie alone.
    """

    summary: str
    body: tuple[Any, ...]
    answers: Mapping[int, Any]
    parameters: tuple[Parameter, ...]
    errors: tuple[type[VideoflixError], ...]
    headers: tuple[str, ...]
    is_conditional: bool
    has_ranges: bool
    takes_refresh_cookie: bool
    sets_cookies: bool


_operations: dict[object, Operation] = {}


def operation(
    summary: str,
    answer: Any = None,
    *,
    status: int | None = None,
    body: Any = (),
    parameters: tuple[Parameter, ...] = (),
    errors: tuple[type[VideoflixError], ...] = (),
    headers: tuple[str, ...] = (),
    more_answers: Mapping[int, Any] | None = None,
    is_conditional: bool = False,
    has_ranges: bool = False,
    takes_refresh_cookie: bool = False,
    sets_cookies: bool = False,
) -> Callable[[Handler], Handler]:
    """Describe a handler; its docstring explains the operation. The status is 200, or 204 without an answer."""
    usual = 204 if answer is None else 200

    def describe(handler: Handler) -> Handler:
        assert handler not in _operations, "two operations for one handler"
        _operations[handler] = Operation(
            summary=summary,
            body=body if isinstance(body, tuple) else (body,),
            answers={status or usual: answer, **(more_answers or {})},
            parameters=parameters,
            errors=errors,
            headers=headers,
            is_conditional=is_conditional or has_ranges,
            has_ranges=has_ranges,
            takes_refresh_cookie=takes_refresh_cookie,
            sets_cookies=sets_cookies,
        )
        return handler

    return describe


def operation_of(handler: object) -> Operation | None:
    return _operations.get(handler)


def choice(name: str, values: tuple[str, ...], description: str, **more: Any) -> Parameter:
    """A query parameter with a fixed set of values. An empty one is as good as none."""
    schema = {"type": "string", "enum": ["", *map(str, values)]}
    return Parameter(name=name, description=description, schema=schema, example=str(values[0]), **more)


def text(name: str, description: str, example: str, **rules: Any) -> Parameter:
    """A query parameter with any text; `rules` are keywords of its JSON schema."""
    return Parameter(name=name, description=description, schema={"type": "string", **rules}, example=example)


def header(name: str, description: str, example: str, *, is_required: bool = False, **rules: Any) -> Parameter:
    """A header of a request."""
    schema = {"type": "string", **rules}
    return Parameter(
        name=name, description=description, schema=schema, example=example, place="header", is_required=is_required
    )
