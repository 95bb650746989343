"""What a case may find, and the comparisons that cases share."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from conformance.client import Response

Value = TypeVar("Value")


class Deviation(Exception):
    """The backend does not do what the contract says. The message says what it does instead."""


def expect(is_so: bool, otherwise: str) -> None:
    """Raises Deviation."""
    if not is_so:
        raise Deviation(otherwise)


def for_each(values: Iterable[Value], check: Callable[[Value], None]) -> None:
    """Check all values. Raises one Deviation that names everything that was found."""
    found = []
    for value in values:
        try:
            check(value)
        except Deviation as deviation:
            found.append(str(deviation))
    expect(not found, "; ".join(found))


def for_each_named(values: Mapping[str, Value], check: Callable[[Value], None]) -> None:
    """The same, for values whose requests look alike: each deviation begins with the name of its value."""

    def check_named(name: str) -> None:
        try:
            check(values[name])
        except Deviation as deviation:
            raise Deviation(f"{name}: {deviation}") from None

    for_each(values, check_named)


def expect_status(response: Response, *statuses: int) -> None:
    wanted = " or ".join(map(str, statuses))
    expect(response.status in statuses, f"{response.request} answers {response.status}, not {wanted}")


def json_of(response: Response) -> Any:
    """The decoded body. Raises Deviation if it is no JSON, or is not labelled as such."""
    kind = response.content_type
    expect(
        kind == "application/json", f"{response.request} answers {response.status} as {kind or 'nothing'}, not JSON"
    )
    try:
        return response.json()
    except ValueError:
        raise Deviation(f"the body of {response.request} ({response.status}) cannot be decoded as JSON") from None


def expect_answer(response: Response, status: int, body: object) -> None:
    """Exactly this status and this JSON."""
    expect_status(response, status)
    found = json_of(response)
    expect(found == body, f"{response.request} answers {found!r}, not {body!r}")


def expect_error(response: Response, *statuses: int, name: str = "detail", texts: tuple[str, ...] = ()) -> None:
    """One of these statuses, and a JSON object with a string `name`: one of `texts`, if there are any."""
    expect_status(response, *statuses)
    found = json_of(response)
    text = found.get(name) if isinstance(found, dict) else None
    where = f"{response.request} ({response.status})"
    expect(isinstance(text, str), f"the body of {where} has no string `{name}`: {found!r}")
    expect(not texts or text in texts, f"the `{name}` of {where} is {text!r}, not {' or '.join(map(repr, texts))}")


def expect_header(response: Response, name: str, value: str) -> None:
    found = response.header(name)
    expect(found == value, f"{response.request} ({response.status}) has {name}: {found or 'nothing'}, not {value}")


def header_words(response: Response, name: str) -> set[str]:
    """The members of a comma-separated header, in lower case."""
    return {word.strip().lower() for word in response.header(name).split(",") if word.strip()}
