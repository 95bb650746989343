"""Lengths, positions and moments, in both languages."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from videoflix.pages import formats
from videoflix.translations import CURRENT


@pytest.fixture
def german() -> Iterator[None]:
    token = CURRENT.set("de")
    yield
    CURRENT.reset(token)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1 s"),
        (14, "14 s"),
        (59.9, "60 s"),
        (60, "1 min"),
        (3569, "59 min"),
        (6120, "1 h 42 min"),
    ],
)
def test_lengths(seconds: float, text: str) -> None:
    assert formats.length(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (9.9, "0:09"), (2530, "42:10"), (3753, "1:02:33"), (36000, "10:00:00")]
)
def test_positions(seconds: float, text: str) -> None:
    assert formats.clock(seconds) == text


def test_moments() -> None:
    assert formats.moment(datetime(2026, 3, 7, 20, 14, tzinfo=UTC)) == "7 Mar 2026, 20:14"


@pytest.mark.usefixtures("german")
def test_in_german() -> None:
    assert formats.length(6120) == "1 Std. 42 Min."
    assert formats.moment(datetime(2026, 3, 7, 20, 14, tzinfo=UTC)) == "07.03.2026, 20:14"
