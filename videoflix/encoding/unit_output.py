"""Checks what ffmpeg has made of a rendition of a unit, and measures it."""

from itertools import pairwise
from pathlib import Path

from videoflix.encoding import muxing
from videoflix.encoding.models import EncodePlan, Segment
from videoflix.encoding.probe import codecs_of
from videoflix.encoding.segment_list import parse_ends
from videoflix.encoding.units import Unit
from videoflix.errors import EncodeFailed
from videoflix.storage.disk_errors import check_disk
from videoflix.storage.names import segment_name

CODEC_BYTES = 64 * 1024
# The size of a packet of a transport stream.
PACKET_BYTES = 188
INCOMPLETE = "The encoder's output is incomplete."


def segments(folder: Path, unit: Unit, plan: EncodePlan, begin: float = 0.0) -> list[Segment]:
    """The segments of one rendition, whose first frame has the time `begin` in ffmpeg's list of them. Raises
    EncodeFailed if they are not what was planned, or StorageUnavailable.

    A list of times adds up rounded durations: half a second too much in two hours of 23.976 fps. So the frames are
    counted.
    """
    ends = _ends(folder)
    rate = plan.probe.frame_rate
    if unit.frames is None or unit.segments is None:
        lasts = [max(1, round((end - start) * rate)) for start, end in pairwise([begin, *ends])]
    else:
        numbers = range(unit.first_segment, unit.first_segment + unit.segments)
        starts = [plan.geometry.first_frame(number, rate) for number in numbers]
        lasts = [end - start for start, end in pairwise([*starts, unit.first_frame + unit.frames])]
        cuts = [begin + float((start - unit.first_frame) / rate) for start in starts[1:]]
        if len(ends) != len(starts) or any(abs(end - cut) * rate > 0.5 for end, cut in zip(ends, cuts, strict=False)):
            planned = f"the {len(starts)} planned ones"
            raise EncodeFailed(f"A part of the film has other segments than {planned}: it is damaged there.")
    return [
        Segment(number, float(frames / rate), (folder / segment_name(number)).stat().st_size)
        for number, frames in enumerate(lasts, unit.first_segment)
    ]


def leave_out_rest(folder: Path, unit: Unit) -> None:
    """Remove what follows the last segment of a unit that was copied."""
    assert unit.segments is not None
    (folder / segment_name(unit.first_segment + unit.segments)).unlink(missing_ok=True)
    made = folder / muxing.LIST
    if made.exists():
        made.write_text("".join(made.read_text().splitlines(keepends=True)[: unit.segments]))


def codecs(folder: Path, unit: Unit, plan: EncodePlan) -> str:
    with (folder / segment_name(unit.first_segment)).open("rb") as segment:
        return codecs_of(segment.read(CODEC_BYTES), has_audio=bool(plan.probe.audio_tracks))


def _ends(folder: Path) -> list[float]:
    """When the segments end. ffmpeg may continue and succeed when the disk is full: what it could not write is
    missing at the end of files. Raises StorageUnavailable, or EncodeFailed if it was not the disk."""
    made = folder / muxing.LIST
    text = made.read_text() if made.exists() else ""
    files = list(folder.glob("*.ts"))
    is_cut = text != "" and not text.endswith("\n")
    if is_cut or any(file.stat().st_size % PACKET_BYTES for file in files):
        check_disk(folder)
        raise EncodeFailed(INCOMPLETE)
    ends = parse_ends(text)
    if not ends or not all(file.stat().st_size for file in files):
        raise EncodeFailed("The film has no picture that can be decoded.")
    if len(ends) != len(files):
        check_disk(folder)
        raise EncodeFailed(INCOMPLETE)
    return ends
