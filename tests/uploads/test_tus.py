import base64
from contextlib import suppress
from hashlib import sha1

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videoflix.errors import InvalidInput
from videoflix.uploads.tus import Checksum, checksum, count, metadata


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_metadata_are_pairs_of_a_key_and_a_value_in_base64() -> None:
    text = f"filename {_encoded('Äpfel & Öl.mp4')},is_confidential, empty ,title {_encoded('<b>')}"
    assert metadata(text) == {
        "filename": "Äpfel & Öl.mp4",
        "is_confidential": "",
        "empty": "",
        "title": "<b>",
    }
    assert metadata("") == metadata("  ") == {}


@given(st.dictionaries(st.from_regex(r"[a-z_-]{1,10}", fullmatch=True), st.text(max_size=50), max_size=5))
def test_what_a_client_encodes_is_decoded(told: dict[str, str]) -> None:
    pairs = [f"{key} {base64.b64encode(value.encode('utf-8', 'replace')).decode()}" for key, value in told.items()]
    assert metadata(",".join(pairs)).keys() == told.keys()


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert metadata(f"filename {base64.b64encode(bytes([0xFF, 0xFE, 65])).decode()}") == {"filename": "��A"}


@pytest.mark.parametrize(
    "text",
    [
        "filename no base64!",
        "filename YQ",
        "filename YQ==,filename Yg==",
        ",",
        "filename YQ==,",
        "na\x7fme YQ==",
        "filename ä",
        "ключ YQ==",
    ],
)
def test_other_metadata_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="Upload-Metadata"):
        metadata(text)


@given(st.text())
def test_no_metadata_break_the_reader(text: str) -> None:
    with suppress(InvalidInput):
        metadata(text)


def test_a_count_is_a_number_of_bytes() -> None:
    assert count("Upload-Offset", "0") == 0
    assert count("Upload-Length", "9" * 40) == 10**40 - 1


@pytest.mark.parametrize("text", [None, "", "-1", "+1", "1.5", "1e3", " 1", "²", "٣", "x", "9" * 41, "0x10"])
def test_what_is_no_count_is_refused_by_the_name_of_its_header(text: str | None) -> None:
    with pytest.raises(InvalidInput, match="Upload-Length"):
        count("Upload-Length", text)


def test_a_checksum_has_an_algorithm_and_a_digest() -> None:
    digest = sha1(b"film", usedforsecurity=False).digest()
    assert checksum(f"sha1 {base64.b64encode(digest).decode()}") == Checksum("sha1", digest)
    assert checksum(None) is None


@pytest.mark.parametrize("text", ["", "sha1", "sha1 YQ==", "crc32 YQ==", "sha1 no base64", "SHA1 YQ==", "md5 ä"])
def test_other_checksums_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="Upload-Checksum"):
        checksum(text)
