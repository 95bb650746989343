"""Which spellings of e-mail addresses compare equal."""

import pytest

from videoflix.accounts.emails import email_key


@pytest.mark.parametrize(
    "spellings",
    [
        ["victim@example.com", "VICTIM@Example.COM", " victim@example.com\t", "victim@example.com\u3000"],
        ["victim@example.com", "ｖictim@example.com", "victim@ｅxample.com", "victim@example。com"],
        ["é@example.com", "e\u0301@example.com", "É@example.com", "E\u0301@example.com"],
        ["straße@example.com", "STRAẞE@EXAMPLE.COM"],
        ["bob@bücher.example", "bob@BÜCHER.example", "bob@xn--bcher-kva.example", "bob@XN--BCHER-KVA.EXAMPLE"],
        ["k@example.com", "\u212a@example.com"],  # the kelvin sign
        ["\u0130@example.com", "i\u0307@example.com"],
        ["no address", "NO ADDRESS "],
    ],
)
def test_spellings_of_one_address_have_one_key(spellings: list[str]) -> None:
    assert len({email_key(spelling) for spelling in spellings}) == 1


def test_similar_addresses_have_different_keys() -> None:
    others = [
        *("victim@example.com", "v\u0130ctim@example.com", "v\u0131ctim@example.com", "víctim@example.com"),
        *("vіctim@example.com", "victim+x@example.com", "victim@example.com.", "vic\u200btim@example.com"),
        *("victim＠example.com", "victim@exampIe.com.org", "vic tim@example.com", '"victim"@example.com'),
        *("strasse@example.com", "straße@example.com", "victim@faß.example", "victim@fass.example"),
        *("victim@example.comm", "", "@", "victim@"),
    ]
    assert len({email_key(other) for other in others}) == len(others)


@pytest.mark.parametrize(
    "text", ["\ufdfa" * 64 + "@example.com", "\u0130" * 64 + "@example.com", "x" * 100_000, "@" * 500]
)
def test_a_key_fits_an_index_and_is_idempotent(text: str) -> None:
    key = email_key(text)
    assert len(key.encode()) < 2000
    assert email_key(key) == key
