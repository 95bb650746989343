"""Finds the next part of a series by titles: `Planet 2` follows `Planet 1`, `Show S01E02` follows `Show S01E01`."""

import re
from collections.abc import Iterable

from videoflix.library.folding import fold

NUMBER = re.compile(r"(\d+)")


def next_part(title: str, films: Iterable[tuple[int, str]]) -> int | None:
    """The id of the film that continues this one, of films by id and title. None if it is not one of a series, or the
    last."""
    name, numbers = _name_and_numbers(title)
    if not name or not numbers:
        return None
    parts = [(*_name_and_numbers(other), video_id) for video_id, other in films]
    later = [(theirs, video_id) for series, theirs, video_id in parts if series == name and theirs > numbers]
    return min(later)[1] if later else None


def _name_and_numbers(title: str) -> tuple[str, list[int]]:
    """What a title begins with, up to its first number, and all its numbers."""
    name, *rest = NUMBER.split(fold(title))
    return name.strip(), [int(number) for number in rest[::2]]
