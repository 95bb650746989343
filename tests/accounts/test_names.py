"""What a name of an account may contain."""

import pytest

from videoflix.accounts.names import display_name
from videoflix.errors import InvalidFields


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("", ""),
        ("  Ada \t\n Lovelace ", "Ada Lovelace"),
        ("Zoe\u0308", "Zo\u00eb"),
        (
            "\u0646\u06cc\u0644\u0648\u200c\u0641\u0631",
            "\u0646\u06cc\u0644\u0648\u200c\u0641\u0631",
        ),  # a joiner in a word
        ("\u6bdb\U00020bb7", "\u6bdb\U00020bb7"),
        ("Ada\x07\x00", "Ada"),
        ("\u202eadA\u2066", "adA"),
        ("\u200b\u200d \u200c", ""),
        ("<b>Ada</b> & Co", "<b>Ada</b> & Co"),
        ("\u00e9" * 80, "\u00e9" * 80),
        ("e\u0301" * 80, "\u00e9" * 80),
    ],
)
def test_a_name_is_one_line_of_visible_letters_of_any_script(typed: str, name: str) -> None:
    assert display_name(typed) == name


@pytest.mark.parametrize("typed", ["x" * 81, "e\u0301" * 81, "\u0301\u0323" * 100_000])
def test_a_name_that_is_too_long_is_refused(typed: str) -> None:
    with pytest.raises(InvalidFields):
        display_name(typed)
