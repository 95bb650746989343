import pytest

from videoflix.library.series import next_part


@pytest.mark.parametrize(
    ("title", "others", "expected"),
    [
        ("Planet 1", ["Planet 3", "Planet 2", "Planet 1"], "Planet 2"),
        ("Planet 2", ["Planet 10", "Planet 1"], "Planet 10"),
        ("Show S01E09 – The Storm", ["Show S02E01 – Home", "Show S01E10 – Calm"], "Show S01E10 – Calm"),
        ("Show S01E10 – Calm", ["Show S02E01 – Home", "Show S01E09 – The Storm"], "Show S02E01 – Home"),
        ("Küche, Folge 1", ["KUECHE: Folge 2"], "KUECHE: Folge 2"),
        ("Tom &amp; Ada &#x27;1&#x27;", ["Tom &amp; Ada 2"], "Tom &amp; Ada 2"),
        ("Planet 3", ["Planet 1", "Planet 2", "Planet 3"], None),
        ("Planet 1", ["Comet 2", "Planet", "Dwarf Planet 2"], None),
        ("Planet", ["Planet 2", "Planets"], None),
        ("12 Angry Men", ["13 Ghosts"], None),
        ("1984", ["2012"], None),
    ],
)
def test_the_next_part_has_the_same_name_and_the_next_number(
    title: str, others: list[str], expected: str | None
) -> None:
    films = dict(enumerate(others))
    found = next_part(title, films.items())
    assert (None if found is None else films[found]) == expected
