"""The codes that televisions show."""

import re

import pytest

from videoflix.accounts import pairing


def test_codes_have_no_vowels_and_are_random() -> None:
    codes = {pairing.new_user_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(re.fullmatch("[BCDFGHJKLMNPQRSTVWXZ]{8}", code) for code in codes)
    assert pairing.shown("BCDFGHJK") == "BCDF-GHJK"


@pytest.mark.parametrize("typed", ["bcdf-ghjk", " BCDF GHJK ", "BCDF\u2013GHJK", "bcdfghjk"])
def test_codes_are_compared_as_people_type_them(typed: str) -> None:
    assert pairing.normal(typed) == "BCDFGHJK"
