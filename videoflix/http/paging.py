"""Long tables page by page: what a request asks for, and the one shape of an answer."""

import re
from collections.abc import Sequence
from typing import Any

from aiohttp import web
from msgspec import Struct

from videoflix.errors import InvalidFields
from videoflix.http import bodies

USUAL, MAX = 25, 100
MAX_PAGE = 1_000_000
MAX_TEXT = 200


class Page(Struct, frozen=True):
    """A part of a table: which one, counted from 1, and how many rows there are on each."""

    number: int
    size: int

    @property
    def skip(self) -> int:
        return (self.number - 1) * self.size


def page(request: web.Request) -> Page:
    """`page` and `per_page` of the query. Raises InvalidFields."""
    return Page(_number(request, "page", 1, MAX_PAGE), _number(request, "per_page", USUAL, MAX))


def searched(request: web.Request, name: str = "q") -> str | None:
    """A text of the query; None if it is empty or not there. Raises InvalidFields."""
    text = request.query.get(name, "").strip()
    if len(text) > MAX_TEXT or "\0" in text:
        raise InvalidFields({name: f"Please search for at most {MAX_TEXT} characters."})
    return text or None


def choice(request: web.Request, name: str, choices: Sequence[str]) -> str | None:
    """One of a few words of the query; None if it is empty or not there. Raises InvalidFields."""
    text = request.query.get(name, "")
    if text and text not in choices:
        raise InvalidFields({name: f"Please choose one of: {', '.join(choices)}."})
    return text or None


def answer(items: Sequence[Any], total: int, page: Page, **more: Any) -> web.Response:
    """`items` of one page, `total` of all of them."""
    return bodies.answer({"items": items, "total": total, "page": page.number, "per_page": page.size, **more})


def _number(request: web.Request, name: str, usual: int, most: int) -> int:
    text = request.query.get(name, "") or str(usual)
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text, re.ASCII) or int(text) > most:
        raise InvalidFields({name: f"Please give a number from 1 to {most}."})
    return int(text)
