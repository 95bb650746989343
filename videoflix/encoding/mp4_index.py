"""Reads the index of an MP4 (ISO/IEC 14496-12): the times, sizes and IDR pictures of its H.264 video.

ffprobe reads the whole film for that, which takes seconds for every hour; the index has some megabytes.
"""

import os
import struct
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, islice, repeat
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct
from msgspec.structs import replace

MAX_INDEX_BYTES = 64 * 1024 * 1024
MAX_BOXES = 10_000
# More frames than a day of video has.
MAX_SAMPLES = 24 * 3600 * 60
# Units before the first slice of a picture: there are seldom more than five.
MAX_UNITS = 100
MAX_SET_BYTES = 0xFFFF
# The fields of a video's sample entry before its boxes.
VIDEO_ENTRY_BYTES = 86
IDR, SPS, PPS = 5, 7, 8
SLICES = range(1, 6)
EMPTY_EDIT = -1
NORMAL_SPEED = 0x10000


class Track(Struct, frozen=True, kw_only=True):
    """The samples of a track in the order of decoding; times in units of 1/`timescale` s.

    `idr` are the places of its IDR pictures, and `one_format` says whether they all use the parameter sets of the
    header. `in_order` means that the edit list, if there is one, plays the track once at its own speed, and `hidden`
    that it leaves out a part of it.
    """

    timescale: int
    decode_times: Sequence[int]
    times: Sequence[int]
    sizes: Sequence[int]
    idr: Sequence[int] = ()
    one_format: bool = True
    in_order: bool = True
    hidden: bool = False

    def has_steps_of(self, ticks: int) -> bool:
        """Whether all samples but the last follow each other at this distance."""
        return all(time == number * ticks for number, time in enumerate(self.decode_times))


class Unreadable(Exception):
    """The index is damaged, or of a kind that is not read here."""


def read(source: Path, video: int, audio: int | None) -> tuple[Track, Track | None] | None:
    """The video track with this id, and the audio track if there is one. None if the file has no such index, as
    fragmented films have none. Raises OSError."""
    with source.open("rb") as film:
        found = index(film)
        try:
            tracks = {_track_id(found, track): track for track in _all(found, b"trak", *_body(found))}
            if b"mvex" in {name for name, *_ in _boxes(found, *_body(found))} or video not in tracks:
                return None
            picture = _video(found, tracks[video], film.fileno())
            sound = _track(found, tracks[audio]) if audio in tracks else None
        except (Unreadable, struct.error, IndexError):
            return None
    return picture, sound


Box = tuple[int, int]


def index(film: BinaryIO) -> bytes:
    """The `moov` box, or the beginning of one that is too large; empty if there is none. Raises OSError."""
    place = 0
    for _ in range(MAX_BOXES):
        film.seek(place)
        header = film.read(16)
        size, name = int.from_bytes(header[:4]), header[4:8]
        size = int.from_bytes(header[8:16]) if size == 1 else size
        if size < 8:
            break
        if name == b"moov":
            film.seek(place)
            return film.read(min(size, MAX_INDEX_BYTES))
        place += size
    return b""


def _body(index: bytes) -> Box:
    return 8, len(index)


def _boxes(index: bytes, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The name, begin and end of the contents of each box."""
    while begin + 8 <= end:
        size, name = struct.unpack_from(">I4s", index, begin)
        if size < 8 or begin + size > end:
            raise Unreadable
        yield name, begin + 8, begin + size
        begin += size


def _all(index: bytes, wanted: bytes, begin: int, end: int) -> list[Box]:
    return [(first, last) for name, first, last in _boxes(index, begin, end) if name == wanted]


def _find(index: bytes, box: Box, *path: bytes) -> Box:
    """The box at the end of a path. Raises Unreadable."""
    for name in path:
        found = _all(index, name, *box)
        if len(found) != 1:
            raise Unreadable
        box = found[0]
    return box


def _track_id(index: bytes, track: Box) -> int:
    begin, _ = _find(index, track, b"tkhd")
    return _number(index, begin + (20 if index[begin] else 12))


def _track(index: bytes, track: Box) -> Track:
    """Raises Unreadable."""
    header, _ = _find(index, track, b"mdia", b"mdhd")
    timescale = _number(index, header + (20 if index[header] else 12))
    table = _find(index, track, b"mdia", b"minf", b"stbl")
    steps = list(_expanded(index, _find(index, table, b"stts"), "I"))
    sizes = _sizes(index, _find(index, table, b"stsz"))
    if not steps or not timescale or len(steps) != len(sizes):
        raise Unreadable
    decode_times = [0, *accumulate(steps[:-1])]
    times = decode_times
    if offsets := _all(index, b"ctts", *table):
        delays = list(_expanded(index, offsets[0], "i"))
        if len(delays) != len(sizes):
            raise Unreadable
        times = [time + delay for time, delay in zip(decode_times, delays, strict=True)]
    edits = _edits(index, track)
    return Track(
        timescale=timescale,
        decode_times=decode_times,
        times=times,
        sizes=sizes,
        in_order=len(edits) < 2 and all(speed == NORMAL_SPEED for *_, speed in edits),
        hidden=any(_hides(edit, times, timescale) for edit in edits),
    )


def _video(index: bytes, track: Box, film: int) -> Track:
    """The same with the IDR pictures, which are looked for in the film. Raises Unreadable."""
    table = _find(index, track, b"mdia", b"minf", b"stbl")
    found = _track(index, track)
    length_bytes, parameter_sets = _configuration(index, _find(index, table, b"stsd"))
    keys: Sequence[int] = range(len(found.sizes))
    if listed := _all(index, b"stss", *table):
        keys = [number - 1 for (number,) in _entries(index, listed[0], "I")]
    places = _places(index, table, found.sizes)
    idr, one_format = [], True
    for key in keys:
        kind, sets = _begins_with(film, places[key], found.sizes[key], length_bytes)
        one_format &= sets <= parameter_sets
        if kind == IDR:
            idr.append(key)
    return replace(found, idr=idr, one_format=one_format)


Edit = tuple[float, int, int]


def _edits(index: bytes, track: Box) -> list[Edit]:
    """The parts of the track that are played: their lengths in seconds (0: to its end), their beginnings, and their
    speeds. Edits that only say when the track starts are left out."""
    lists = [edits for box in _all(index, b"edts", *track) for edits in _all(index, b"elst", *box)]
    if not lists:
        return []
    movie, _ = _find(index, _body(index), b"mvhd")
    timescale = max(1, _number(index, movie + (20 if index[movie] else 12)))
    entries = _entries(index, lists[0], "QqI" if index[lists[0][0]] else "IiI")
    return [(lasts / timescale, start, speed) for lasts, start, speed in entries if start != EMPTY_EDIT]


def _hides(edit: Edit, times: Sequence[int], timescale: int) -> bool:
    lasts, start, _ = edit
    return start > min(times) or bool(lasts and (max(times) - start) / timescale >= lasts)


def _configuration(index: bytes, descriptions: Box) -> tuple[int, set[bytes]]:
    """How many bytes the lengths of units have, and the parameter sets (ISO/IEC 14496-15, 5.3.3). Raises Unreadable
    unless the track has a single description."""
    begin, end = descriptions
    if _number(index, begin + 4) != 1:
        raise Unreadable
    entry = begin + 8
    if index[entry + 4 : entry + 8] not in (b"avc1", b"avc3"):
        raise Unreadable
    begin, end = _find(index, (entry + VIDEO_ENTRY_BYTES, end), b"avcC")
    place = begin + 5
    sets: set[bytes] = set()
    for mask in (0x1F, 0xFF):
        count = index[place] & mask
        place += 1
        for _ in range(count):
            (length,) = struct.unpack_from(">H", index, place)
            sets.add(index[place + 2 : place + 2 + length])
            place += 2 + length
    if place > end:
        raise Unreadable
    return (index[begin + 4] & 3) + 1, sets


def _places(index: bytes, table: Box, sizes: Sequence[int]) -> list[int]:
    """Where each sample begins in the file."""
    wide = _all(index, b"co64", *table)
    chunks = [place for (place,) in _entries(index, wide[0], "Q")] if wide else []
    chunks = chunks or [place for (place,) in _entries(index, _find(index, table, b"stco"), "I")]
    runs = [(first, count) for first, count, _ in _entries(index, _find(index, table, b"stsc"), "III")]
    places: list[int] = []
    for (first, count), (following, _) in zip(runs, [*runs[1:], (len(chunks) + 1, 0)], strict=True):
        for chunk in chunks[first - 1 : following - 1]:
            lengths = sizes[len(places) : len(places) + count]
            places += [chunk + before for before in accumulate(lengths[:-1], initial=0)] if lengths else []
    if len(places) != len(sizes):
        raise Unreadable
    return places


def _begins_with(film: int, place: int, size: int, length_bytes: int) -> tuple[int | None, set[bytes]]:
    """The type of the first slice of a sample (ITU-T H.264, 7.4.1), and the parameter sets before it."""
    sets: set[bytes] = set()
    end = place + size
    for _ in range(MAX_UNITS):
        if place + length_bytes >= end:
            break
        head = os.pread(film, length_bytes + 1, place)
        if len(head) <= length_bytes:
            break
        length, kind = int.from_bytes(head[:length_bytes]), head[length_bytes] & 0x1F
        place += length_bytes
        if kind in SLICES:
            return kind, sets
        if kind in (SPS, PPS):
            sets.add(os.pread(film, min(length, end - place, MAX_SET_BYTES), place))
        place += length
    return None, sets


def _sizes(index: bytes, box: Box) -> Sequence[int]:
    begin, _ = box
    common, count = struct.unpack_from(">II", index, begin + 4)
    if count > MAX_SAMPLES:
        raise Unreadable
    if common:
        return [common] * count
    return struct.unpack_from(f">{count}I", index, begin + 12)


def _expanded(index: bytes, box: Box, value: str) -> Iterator[int]:
    """The values of a table of runs, each a count and a value. Raises Unreadable for too many."""
    runs = list(_entries(index, box, f"I{value}"))
    if sum(count for count, _ in runs) > MAX_SAMPLES:
        raise Unreadable
    return chain.from_iterable(repeat(number, count) for count, number in runs)


def _entries(index: bytes, box: Box, layout: str) -> Iterator[tuple[int, ...]]:
    """The entries of a table: its version and flags, their number, and the entries themselves."""
    begin, end = box
    row = struct.Struct(f">{layout}")
    count = _number(index, begin + 4)
    last = begin + 8 + count * row.size
    if last > end:
        raise Unreadable
    return islice(row.iter_unpack(index[begin + 8 : last]), count)


def _number(index: bytes, at: int) -> int:
    (number,) = struct.unpack_from(">I", index, at)
    return int(number)
