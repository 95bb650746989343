"""Detects encrypted films. ffmpeg does not: it opens such a film, and takes its frames for damaged."""

import re
from typing import BinaryIO

from videoflix.encoding import mp4_index

# Bytes of streams that are examined; they are encrypted in parts.
LOOK_BYTES = 1024 * 1024

# Sample entries of MP4: common encryption (ISO 23001-7), and FairPlay's. One of the boxes describes their encryption.
SAMPLE_ENTRY = re.compile(rb"encv|drmi|p264|p265")
SCHEMES = (b"sinf", b"schm")
# Matroska: a ContentEncodingType of 1, or a ContentEncryption, before the first cluster.
CONTENT_ENCODING = re.compile(rb"\x62\x40.{1,64}?(?:\x50\x33(?:\x81|\x88\x00{7})\x01|\x50\x35[\x40-\xff])", re.DOTALL)
# The first cluster, not its entry in an index of Matroska.
CLUSTER = re.compile(rb"(?<!\x53\xab\x84)\x1f\x43\xb6\x75")
# A PES packet with an optional header: its stream, and the two bits of its scrambling control (ISO 13818-1).
PES = re.compile(rb"\x00\x00\x01[\xbd\xc0-\xef]..([\x80-\xbf])", re.DOTALL)
SCRAMBLED_PES = 0b0011_0000
SCRAMBLED_PACKET = 0b1100_0000
HAS_PAYLOAD, HAS_ADAPTATION, BEGINS_SECTION = 0b0001_0000, 0b0010_0000, 0b0100_0000
SYNC = ord("G")
# Types of streams that HLS encrypts sample by sample: H.264, AAC, AC-3, E-AC-3.
SAMPLE_AES = {0xDB, 0xCF, 0xC1, 0xC2}
# Blu-ray discs: units of 32 packets with a time stamp each, encrypted after their first 16 bytes (AACS).
AACS_UNIT = 6144
PACKET, STAMPED_PACKET, CHECKSUM_BYTES = 188, 192, 4


def is_encrypted(film: BinaryIO) -> bool:
    """Whether the video cannot be read without a key. Raises OSError."""
    film.seek(0)
    head = film.read(LOOK_BYTES)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return CONTENT_ENCODING.search(CLUSTER.split(head, 1)[0]) is not None
    if head[4:8] in (b"ftyp", b"moov", b"styp", b"free", b"mdat", b"wide", b"skip"):
        return _has_encrypted_entry(mp4_index.index(film))
    if head.startswith(b"\x00\x00\x01\xba"):
        return _mostly([packet[0] & SCRAMBLED_PES for packet in PES.findall(head)])
    return _is_scrambled_broadcast(head)


def _has_encrypted_entry(index: bytes) -> bool:
    """Whether a scheme follows an entry. One expression for both would search to the end for every entry."""
    entry = SAMPLE_ENTRY.search(index)
    return entry is not None and any(index.find(scheme, entry.end()) >= 0 for scheme in SCHEMES)


def _is_scrambled_broadcast(head: bytes) -> bool:
    for size, first in ((PACKET, 0), (STAMPED_PACKET, 4)):
        if head[first : first + 3 * size : size] == b"GGG":
            packets = [head[at : at + PACKET] for at in range(first, len(head), size)]
            packets = [packet for packet in packets if len(packet) == PACKET and packet[0] == SYNC]
            scrambled = [packet[3] & SCRAMBLED_PACKET for packet in packets if packet[3] & HAS_PAYLOAD]
            return _mostly(scrambled) or any(SAMPLE_AES & _stream_types(packet) for packet in packets)
    is_unit = head[4 : 4 + 3 * AACS_UNIT : AACS_UNIT] == b"GGG"
    return is_unit and head[4 + STAMPED_PACKET] != SYNC


def _stream_types(packet: bytes) -> set[int]:
    """The stream types of a program, if this packet contains them (ISO 13818-1, 2.4.4.8)."""
    begin = 4 + (1 + packet[4] if packet[3] & HAS_ADAPTATION else 0)
    section = packet[begin + 1 :]  # after its pointer field
    if not packet[1] & BEGINS_SECTION or packet[begin : begin + 2] != b"\x00\x02" or len(section) < 12:
        return set()
    end = 3 + _length(section, 1) - CHECKSUM_BYTES
    at = 12 + _length(section, 10)
    types = set()
    while at + 5 <= min(end, len(section)):
        types.add(section[at])
        at += 5 + _length(section, at + 3)
    return types


def _length(section: bytes, at: int) -> int:
    return int.from_bytes(section[at : at + 2]) & 0x0FFF


def _mostly(marks: list[int]) -> bool:
    return sum(map(bool, marks)) * 2 > len(marks)
