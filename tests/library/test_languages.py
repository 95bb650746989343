import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videoflix.library.languages import name, tag


@pytest.mark.parametrize(
    ("told", "language"),
    [
        *((told, "de") for told in ("de", "ger", "deu", "GER", "German", "german", "Deutsch", " de ")),
        ("de_AT", "de-AT"),
        ("en-us", "en-US"),
        ("por-BR", "pt-BR"),
        ("Brazilian Portuguese", "pt-BR"),
        ("zh-hans", "zh-Hans"),
        ("iw", "he"),
        ("français", "fr"),
        ("gsw", "gsw"),
        ("de-x-secret", "de"),
        ("de-DE-u-co-phonebk", "de-DE"),
    ],
)
def test_a_language_by_whatever_name(told: str, language: str) -> None:
    assert tag(told) == language


@pytest.mark.parametrize(
    "told",
    [
        "",
        "und",
        "mul",
        "mis",
        "zxx",
        "qaa",
        "qtz",
        "xx",
        "x-foo",
        "forced",
        "d",
        "de\n#EXTM3U",
        '"',
        "e" * 99,
        "\x000",
    ],
)
def test_what_names_no_language(told: str) -> None:
    assert tag(told) is None


@settings(deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z]{1,8}([-_][A-Za-z0-9]{1,8}){0,4}", fullmatch=True))
def test_whatever_is_told_a_tag_is_a_tag(told: str) -> None:
    found = tag(told)
    assert found is None or re.fullmatch(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?", found)
    assert found is None or (name(found) and tag(found) == found)


@pytest.mark.parametrize(
    ("language", "own"), [("de", "Deutsch"), ("fr", "Français"), ("ja", "日本語"), ("ru", "Русский")]
)
def test_a_language_s_name_for_itself(language: str, own: str) -> None:
    assert name(language) == own
