"""Encrypted films are told from clear ones, made with the key of nobody."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.films import Films
from videoflix.encoding.encryption import is_encrypted

KEY = ("-encryption_key", "00112233445566778899aabbccddeeff", "-encryption_kid", "0" * 32)
ENCODING = bytes.fromhex("6d80 8e 6240 8b 5031 8100 5033 8101 5035 80")


def _scrambled_packets(content: bytes, stamp: int = 0) -> bytes:
    """All packets of a broadcast but its tables."""
    changed, size = bytearray(content), 188 + stamp
    for at in range(stamp, len(changed), size):
        if (changed[at + 1] & 0x1F, changed[at + 2]) not in ((0, 0), (0, 17), (16, 0)):
            changed[at + 3] |= 0x80
    return bytes(changed)


def _aacs(content: bytes) -> bytes:
    units = (content[at : at + 6144] for at in range(0, len(content), 6144))
    return b"".join(unit[:16] + bytes(255 - byte for byte in unit[16:]) for unit in units)


def _sample_aes(content: bytes) -> bytes:
    return content.replace(b"\x1b\xe1\x00", b"\xdb\xe1\x00")


def _css(content: bytes) -> bytes:
    marked = rb"(\x00\x00\x01[\xbd\xc0-\xef]..)([\x80-\x8f])"
    return re.sub(marked, lambda found: found[1] + bytes([found[2][0] | 0x10]), content, flags=re.DOTALL)


def _content_encoding(content: bytes) -> bytes:
    """In front of the codec of the first track, where any element of a track may stand."""
    return content.replace(b"\x86\x8f", ENCODING + b"\x86\x8f", 1)


CHANGES: dict[str, tuple[tuple[str, ...], Callable[[bytes], bytes]]] = {
    "film.mp4": (("-encryption_scheme", "cenc-aes-ctr", *KEY), lambda content: content),
    "fragments.mp4": (
        ("-encryption_scheme", "cenc-aes-ctr", *KEY, "-movflags", "frag_keyframe+empty_moov"),
        lambda content: content,
    ),
    "film.mkv": ((), _content_encoding),
    "scrambled.ts": ((), _scrambled_packets),
    "scrambled.m2ts": (("-mpegts_m2ts_mode", "1"), lambda content: _scrambled_packets(content, 4)),
    "aacs.m2ts": (("-mpegts_m2ts_mode", "1"), _aacs),
    "hls.ts": ((), _sample_aes),
    "film.vob": (("-c:v", "mpeg2video", "-c:a", "mp2"), _css),
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_encrypted_film_is_told_from_a_clear_one(films: Films, tmp_path: Path, name: str) -> None:
    options, change = CHANGES[name]
    clear, film = tmp_path / f"clear-{name}", tmp_path / name
    unencrypted = tuple(option for option in options if "encryption" not in option and option not in KEY)
    unencrypted = tuple(option for option in unencrypted if option != "cenc-aes-ctr")
    films.run("-i", str(films.make()), "-c", "copy", *unencrypted, str(clear))
    films.run("-i", str(films.make()), "-c", "copy", *options, str(film))
    film.write_bytes(change(film.read_bytes()))
    with clear.open("rb") as reading:
        assert not is_encrypted(reading)
    with film.open("rb") as reading:
        assert is_encrypted(reading)


@pytest.mark.parametrize("content", [b"", b"G" * 400, b"\0\0\0\x08moov", b"\x1a\x45\xdf\xa3", b"\0\0\0\1ftyp"])
def test_what_is_no_film_is_not_encrypted(content: bytes) -> None:
    assert not is_encrypted(io.BytesIO(content))


@pytest.mark.parametrize(("after", "encrypted"), [(b"", False), (b"sinf", True), (b"schm", True)])
def test_an_index_full_of_encrypted_entries_is_read_in_no_time(after: bytes, encrypted: bool) -> None:
    """Would not come to an end if each of them was searched for on its own."""
    content = b"encv" * 1_000_000 + after
    film = io.BytesIO((8 + len(content)).to_bytes(4) + b"moov" + content)
    assert is_encrypted(film) is encrypted


def test_a_scheme_before_the_entry_does_not_encrypt_it() -> None:
    assert not is_encrypted(io.BytesIO(b"\0\0\0\x10moovsinfencv"))
