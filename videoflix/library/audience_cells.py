"""The audience of a video in a table: as cells of CSV, or as values of JSON."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import ValidationError, convert

from videoflix.library.audience import FIRST_YEAR, LAST_YEAR, AudienceFields

EVERYONE, NOBODY = "everyone", "nobody"


def group_cell(group_ids: list[int] | None) -> str:
    """The ids of groups, or who sees a video without: everyone, or nobody but administrators."""
    if group_ids is None:
        return EVERYONE
    return " ".join(map(str, group_ids)) or NOBODY


def read_audience(record: Mapping[str, Any]) -> AudienceFields:
    """The audience that a row gives; columns that are missing change nothing. Raises ValueError with the reason."""
    values = {name: read(record[name]) for name, read in _READERS.items() if name in record}
    try:
        audience = convert(values, AudienceFields)
    except ValidationError as reason:
        raise ValueError(f"Who may see it cannot be read: {reason}.") from None
    time = audience.visible_from
    if isinstance(time, datetime) and not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise ValueError(f"The year of visible_from is not from {FIRST_YEAR} to {LAST_YEAR}.")
    return audience


def _groups(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    word = value.strip().lower()
    if word == EVERYONE:
        return None
    if word == NOBODY:
        return []
    if not word:
        raise ValueError(f"The group_ids are empty: please write {EVERYONE}, {NOBODY} or ids.")
    return [_number(each) for each in word.split()]


def _number(value: Any) -> Any:
    """Digits as a number. Anything else is refused by the type of the field."""
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else value


def _is_true(value: Any) -> Any:
    words = {"true": True, "false": False}  # spreadsheets also write them in capitals
    return words.get(value.strip().lower(), value) if isinstance(value, str) else value


def _time(value: Any) -> Any:
    return value if value is None or value else None


_READERS: dict[str, Callable[[Any], Any]] = {
    "group_ids": _groups,
    "min_age": _number,
    "is_draft": _is_true,
    "visible_from": _time,
}
