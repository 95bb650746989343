import pytest

from videoflix.errors import InvalidMetadata
from videoflix.library.models import Metadata
from videoflix.library.nfo import MAX_BYTES, Description, read

MOVIE = """<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<movie>
  <title>Heat &amp; Größe</title>
  <originaltitle>Heat</originaltitle>
  <plot>  A thief
and a policeman.  </plot>
  <genre></genre>
  <genre>Crime / Drama</genre>
  <genre>Thriller</genre>
</movie>
"""
HEAT = Metadata("Heat & Größe", "A thief\nand a policeman.", "Crime")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_title_plot_and_first_genre_are_read_in_whatever_encoding(encoding: str) -> None:
    assert read(MOVIE.encode(encoding)) == Description(HEAT)


def test_an_address_may_stand_behind_the_description() -> None:
    assert read(f"{MOVIE}\nhttps://example.org/title/1?a=b&c".encode()) == Description(HEAT)


def test_a_missing_or_empty_value_is_none() -> None:
    assert read(b"<movie><plot/><outline>Short.</outline></movie>").text == Metadata(description="Short.")
    assert read(b"<episodedetails><title>Pilot</title></episodedetails>") == Description(Metadata("Pilot"))


EPISODE = b"<episodedetails><title>Storm</title><showtitle>Show</showtitle><season>%s</season><episode>%s</episode>"
END = b"</episodedetails>"


def test_an_episode_says_which_one_it_is() -> None:
    assert read(EPISODE % (b"1", b"02") + END) == Description(Metadata("Storm"), "Show", 1, 2)


def test_of_several_episodes_in_one_film_the_first_counts() -> None:
    assert read((EPISODE % (b"1", b"2") + END) * 2) == Description(Metadata("Storm"), "Show", 1, 2)


@pytest.mark.parametrize("number", [b"-1", b"", b"two", b"9" * 5000, "\u0662".encode()])
def test_a_number_that_is_none_is_ignored(number: bytes) -> None:
    assert read(EPISODE % (number, number) + END) == Description(Metadata("Storm"), "Show")


def test_a_show_has_a_title_and_a_plot() -> None:
    data = b"<tvshow><title>Show</title><plot>People.</plot><season>-1</season><genre>Drama</genre></tvshow>"
    assert read(data) == Description(Metadata("Show", "People.", "Drama"))


LAUGHS = """<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">{}]><movie><title>&z;</title></movie>"""
BOMB = LAUGHS.format(
    "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghij", "bcdefghijz", strict=True))
)
FILE = '<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]><movie><title>&x;</title></movie>'


@pytest.mark.parametrize("text", [BOMB, FILE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_a_document_type_is_refused_in_whatever_encoding(text: str, encoding: str) -> None:
    with pytest.raises(InvalidMetadata, match="document type"):
        read(text.encode(encoding))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not XML"),
        (b"https://example.org/title/1", "not XML"),
        (b"<movie><title>Heat</movie>", "not XML"),
        (b"<movie><title>&nbsp;</title></movie>", "not XML"),
        (b"\xb1\xb2 \xdb\xdb Heat.1995 \xdb\xdb \xb2\xb1\x00", "not XML"),
        (b"<movie>" + b" " * MAX_BYTES, "larger than 1 MB"),
    ],
)
def test_what_describes_no_film_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidMetadata, match=reason):
        read(data)
