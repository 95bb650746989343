"""Splits a stream of AAC packets (ADTS) into audio segments as long as the segments of the film."""

from collections.abc import Iterator
from fractions import Fraction

from videoflix.encoding.geometry import Geometry
from videoflix.errors import EncodeFailed

HEADER_BYTES = 7
CLOCK = 90_000


class AdtsSplitter:
    """Takes bytes as they come, and yields complete segments: their number and their bytes.

    `segments` is their number, None if it is unknown; the last one takes everything that is left.
    """

    def __init__(self, geometry: Geometry, rate: Fraction, segments: int | None) -> None:
        self._geometry = geometry
        self._rate = rate
        self._last = None if segments is None else segments - 1
        self._rest = b""
        self._piece = bytearray()
        self._segment = 0
        self._packet = 0
        self._first = geometry.first_packet(0, rate)
        self._border = self._next_border()

    def feed(self, block: bytes) -> Iterator[tuple[int, bytes]]:
        """Raises EncodeFailed if it is not ADTS."""
        data = self._rest + block
        place = 0
        while len(data) - place >= HEADER_BYTES:
            length = _length(data, place)
            if len(data) - place < length:
                break
            if self._packet == self._border:
                yield self._cut()
            if self._packet >= self._first:
                self._piece += data[place : place + length]
            self._packet += 1
            place += length
        self._rest = data[place:]

    def restart(self) -> float:
        """Drop an incomplete packet: another stream continues after so many seconds of the film."""
        self._rest = b""
        return float(self._geometry.packet_seconds(self._packet))

    def end(self) -> Iterator[tuple[int, bytes]]:
        """What is left at the end; segments without packets are empty."""
        while self._last is not None and self._segment < self._last:
            yield self._cut()
        if self._piece or self._last is not None:
            yield self._segment, bytes(self._piece)

    def _cut(self) -> tuple[int, bytes]:
        piece = self._segment, bytes(self._piece)
        self._piece.clear()
        self._segment += 1
        self._border = self._next_border()
        return piece

    def _next_border(self) -> int | None:
        return None if self._segment == self._last else self._geometry.first_packet(self._segment + 1, self._rate)


def with_id3_timestamp(piece: bytes, segment: int, geometry: Geometry, rate: Fraction) -> bytes:
    """The segment with an ID3 tag in front that says when it is played, on the film's clock, as HLS needs it for
    packed audio (RFC 8216, 3.4)."""
    begin = geometry.packet_seconds(geometry.first_packet(segment, rate))
    time = round((geometry.time_offset + begin) * CLOCK)
    owner = b"com.apple.streaming.transportStreamTimestamp\0"
    private = owner + time.to_bytes(8, "big")
    frame = b"PRIV" + _syncsafe(len(private)) + b"\0\0" + private
    return b"ID3\x04\0\0" + _syncsafe(len(frame)) + frame + piece


def _length(data: bytes, place: int) -> int:
    """The length in bytes of the packet that begins there, header included (ISO/IEC 13818-7, 6.2)."""
    if data[place] != 0xFF or data[place + 1] & 0xF6 != 0xF0:
        raise EncodeFailed("The audio of the film could not be encoded.")
    length = (data[place + 3] & 3) << 11 | data[place + 4] << 3 | data[place + 5] >> 5
    return max(length, HEADER_BYTES)


def _syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))
