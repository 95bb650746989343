import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from videoflix.library.charsets import decode

FRAME = "1\n00:00:01,000 --> 00:00:02,500\n{}\n"
GERMAN = FRAME.format("Größe, Übermut und weiße Mäuse")
FRENCH = FRAME.format("Ça va, mon frère ? Où est l’hôtel ?")
POLISH = FRAME.format("Dzień dobry, żółta łódź podwodna")
RUSSIAN = FRAME.format("Привет, мир! Хорошо, спасибо.")
JAPANESE = FRAME.format("こんにちは、世界")


@pytest.mark.parametrize("text", [GERMAN, RUSSIAN, JAPANESE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_told_by_its_mark_or_its_shape(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding", "language"),
    [
        (GERMAN, "latin-1", "de"),
        (GERMAN, "cp1252", "de-AT"),
        (FRENCH, "cp1252", "fr"),
        (POLISH, "cp1250", "pl"),
        (RUSSIAN, "windows-1251", "ru"),
        (RUSSIAN, "koi8-r", "ru"),
        (JAPANESE, "shift_jis", "ja"),
    ],
)
def test_the_language_tells_what_was_used_before_unicode(text: str, encoding: str, language: str) -> None:
    assert decode(text.encode(encoding), language) == text


@pytest.mark.parametrize(
    ("text", "encoding"), [(GERMAN, "cp1252"), (RUSSIAN, "windows-1251"), (JAPANESE, "shift_jis")]
)
def test_without_a_language_the_letters_have_to_do(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from([None, "de", "ru", "zh"]))
def test_no_bytes_are_too_odd(data: bytes, language: str | None) -> None:
    assert isinstance(decode(data, language), str)
