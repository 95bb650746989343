import pytest
from hypothesis import given
from hypothesis import strategies as st

from videoflix.library.folding import MAX_WORD, fold, spellings, trigrams


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Das Mädchen", "das madchen"),
        ("das MAEDCHEN", "das madchen"),
        ("das madchen", "das madchen"),
        ("Über Köln", "uber koln"),
        ("Ueber Koeln", "uber koln"),
        ("Fußball", "fussball"),
        ("Łódź", "lodz"),
        ("Smørrebrød", "smorrebrod"),
        ("Œuvre", "ouvre"),
        ("Æon", "aon"),
        ("Café Crème", "cafe creme"),
        ("Don’t Look", "dont look"),
        ("Don&#x27;t Look", "dont look"),
        ("Tom &amp; Jerry", "tom jerry"),
        ("  2001:  A Space-Odyssey ", "2001 a space odyssey"),
        ("%_\\", ""),
        ("ﬁlm", "film"),
        ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
        ("Война и мир", "воина и мир"),
        ("東京物語", "東京物語"),
    ],
)
def test_what_makes_no_difference(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_a_folded_text_has_only_words_and_is_folded_already(text: str) -> None:
    folded = fold(text)
    assert all(word.isalnum() and len(word) <= MAX_WORD for word in folded.split(" ") if folded)


def test_trigrams_are_those_of_words() -> None:
    assert trigrams("ab cde") == {" ab", "ab ", " cd", "cde", "de "}
    assert trigrams("") == set()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Nihgt", [["nihgt", "inhgt", "nhigt", "night", "nihtg"]]),
        ("noon teh", [["noon", "onon", "nono"], ["teh"]]),
        ("Keoln", [["keoln", "ekoln", "koln", "kelon", "keonl"]]),
        ("poeple", [["pople", "opeple", "people", "popele", "polpe", "popel"]]),
        ("", []),
    ],
)
def test_words_from_four_letters_on_may_have_two_neighbouring_letters_swapped(
    text: str, meant: list[list[str]]
) -> None:
    assert spellings(text) == meant
