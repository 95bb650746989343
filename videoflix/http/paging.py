"""Pagination: the query parameters of lists, and the shape of their responses."""

import re
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from aiohttp import web
from msgspec import Struct

from videoflix.errors import InvalidFields
from videoflix.http import bodies, operations
from videoflix.http.operations import Parameter

DEFAULT_SIZE, MAX_SIZE = 25, 100
MAX_PAGE = 1_000_000
MAX_SEARCH_LENGTH = 200

PARAMETERS = (
    Parameter(
        name="page",
        description="The number of the page, counted from 1.",
        schema={"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": 1},
        example=1,
    ),
    Parameter(
        name="per_page",
        description="How many items a page has.",
        schema={"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE},
        example=DEFAULT_SIZE,
    ),
)

Item = TypeVar("Item")


class PageOf(Struct, Generic[Item], frozen=True):
    """The items of one page; `total` counts those of all pages."""

    items: Sequence[Item]
    total: int
    page: int
    per_page: int


def search_parameter(description: str, name: str = "q", example: str = "holiday") -> Parameter:
    """Of a list that `searched` filters."""
    return operations.text(name, description, example, maxLength=MAX_SEARCH_LENGTH)


class Page(Struct, frozen=True):
    """The number of a page, counted from 1, and the rows per page."""

    number: int
    size: int

    @property
    def skip(self) -> int:
        return (self.number - 1) * self.size


def page(request: web.Request) -> Page:
    """`page` and `per_page` of the query string. Raises InvalidFields."""
    return Page(_number(request, "page", 1, MAX_PAGE), _number(request, "per_page", DEFAULT_SIZE, MAX_SIZE))


def searched(request: web.Request, name: str = "q") -> str | None:
    """A search term of the query string; None if it is empty or missing. Raises InvalidFields."""
    text = request.query.get(name, "").strip()
    if len(text) > MAX_SEARCH_LENGTH or "\0" in text:
        raise InvalidFields({name: f"Please enter at most {MAX_SEARCH_LENGTH} characters."})
    return text or None


def choice(request: web.Request, name: str, choices: Sequence[str]) -> str | None:
    """A query parameter with a fixed set of values; None if it is empty or missing. Raises InvalidFields."""
    text = request.query.get(name, "")
    if text and text not in choices:
        raise InvalidFields({name: f"Please choose one of: {', '.join(choices)}."})
    return text or None


def answer(items: Sequence[Any], total: int, page: Page, **more: Any) -> web.Response:
    """A response with the items of one page; `total` counts those of all pages."""
    return bodies.answer({"items": items, "total": total, "page": page.number, "per_page": page.size, **more})


def _number(request: web.Request, name: str, default: int, maximum: int) -> int:
    text = request.query.get(name, "") or str(default)
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text, re.ASCII) or int(text) > maximum:
        raise InvalidFields({name: f"Please enter a number from 1 to {maximum}."})
    return int(text)
