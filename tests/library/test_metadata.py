from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videoflix.errors import InvalidFields
from videoflix.library.metadata import MAX_LABEL, apply, escape_html, escaped, file_name, label, text_of_new, title_of
from videoflix.library.models import Metadata, VideoText


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("Tom & Jerry", "Tom & Jerry"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('" onerror="alert(1)', "&quot; onerror=&quot;alert(1)"),
        ("  tab\there \x00 \x7f end ", "tabhere   end"),
        ("half \ud800 pair", "half  pair"),
        ("&lt;b&gt;", "&lt;b&gt;"),
    ],
)
def test_markup_is_disarmed(text: str, result: str) -> None:
    assert escape_html(text, 200) == result


@given(st.text())
def test_nothing_that_opens_a_tag_or_ends_an_attribute_is_left(text: str) -> None:
    done = escape_html(text, 1000)
    assert not set(done) & set("<>\"'\0")
    assert escape_html(done, 10_000) == done


def test_only_given_fields_are_escaped_and_applied() -> None:
    texts = escaped(Metadata(title="<b>", description=""))
    assert texts == {"title": "&lt;b&gt;", "description": ""}
    assert apply(texts, VideoText("Heat", "L.A.", "Crime")) == VideoText("&lt;b&gt;", "", "Crime")


@pytest.mark.parametrize("title", ["", " \n ", "\0\x7f", "\ud800"])
def test_a_title_may_not_be_empty(title: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        escaped(Metadata(title=title))
    assert refused.value.fields == {"title": "A video needs a title."}


@pytest.mark.parametrize("nothing", [None, "", " \0"])
def test_a_new_film_has_defaults(nothing: str | None) -> None:
    assert text_of_new(Metadata(nothing, nothing, nothing)) == VideoText("Untitled", "", "Other")
    assert text_of_new(Metadata("<b>", "x" * 6000, "Crime")) == VideoText("&lt;b&gt;", "x" * 5000, "Crime")


def test_a_title_from_a_file_s_name() -> None:
    assert title_of(Path("/x/The.Third_Man  (1949).mkv")) == "The Third Man (1949)"
    assert title_of(Path("....")) == "Untitled"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("Director's cut", "Director’s cut"),
        ('x",URI="//evil"\r\n#EXTINF:1', "x”,URI=”//evil” #EXTINF:1"),
        ("<img src=x>", "‹img src=x›"),
        (" two\u2028lines\x85and\0more ", "two lines and more"),
        ("half \ud800 pair", "half pair"),
        ("x" * 200, "x" * MAX_LABEL),
        ("\n", ""),
    ],
)
def test_a_label_is_harmless_in_playlists_and_menus(text: str, result: str) -> None:
    assert label(text) == result


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("The Third Man.mkv", "The Third Man.mkv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Films\\Heat.mp4", "Heat.mp4"),
        ("folder/", ""),
        ("a\0b\r\nc\x1b[31m.mp4", "ab  c[31m.mp4"),
        ("gpj.\u202emp4\u200f\u2066", "gpj.mp4"),
        ("non\u202fbreaking\xa0space.mov", "non breaking space.mov"),
        ("<b>bold</b>.mp4", "b>.mp4"),
        ("Übergrößenträger 🎬.mp4", "Übergrößenträger 🎬.mp4"),
        ("x" * 1000, "x" * 255),
    ],
)
def test_the_name_of_a_file_has_no_folders_and_nothing_that_cannot_be_seen(told: str, name: str) -> None:
    assert file_name(told) == name


@given(st.text())
def test_every_name_of_a_file_makes_a_title(told: str) -> None:
    assert file_name(told).isprintable()
    assert title_of(Path(file_name(told)))
