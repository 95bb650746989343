"""Where episodes go in their seasons."""

import pytest

from videoflix.library.models import Episode
from videoflix.library.series_order import arrange, insert


def _season(*numbers: int | None, season: int = 1) -> list[Episode]:
    return [Episode(id=season * 100 + at, title="", season=season, number=one) for at, one in enumerate(numbers)]


@pytest.mark.parametrize(
    ("numbers", "new", "expected"),
    [
        ([], 3, [3]),
        ([1, 2, 4], 3, [1, 2, 3, 4]),
        ([2, 3], 1, [1, 2, 3]),
        ([1, None], 2, [1, 2, None]),
        ([None, None], 2, [None, None, 2]),
        ([1, 2], None, [1, 2, None]),
        # What people moved stays where it is.
        ([3, 1, 2], 4, [3, 1, 2, 4]),
        ([5, 4], 1, [1, 5, 4]),
    ],
)
def test_a_new_episode_goes_behind_those_with_lower_numbers(
    numbers: list[int | None], new: int | None, expected: list[int | None]
) -> None:
    other = _season(1, 9, season=2)
    found = insert([*_season(*numbers), *other], Episode(id=9, title="", season=1, number=new))
    assert [one.number for one in found if one.season == 1] == expected
    assert [one for one in found if one.season == 2] == other


def test_a_second_episode_with_the_same_number_goes_behind_the_first() -> None:
    found = insert(_season(3, 4), Episode(id=9, title="", season=1, number=3))
    assert [one.id for one in found] == [100, 9, 101]


def test_the_wanted_order_begins_a_season_and_the_rest_follows() -> None:
    found = arrange([*_season(1, 2, 3), *_season(1, 2, season=2)], 1, [102, 201, 100])
    assert [(one.season, one.id) for one in found if one.season == 1] == [(1, 102), (1, 201), (1, 100), (1, 101)]
    assert [one.id for one in found if one.season == 2] == [200]
