"""Finds out what an original contains, with ffprobe, and refuses what cannot become a film with a reason."""

import asyncio
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from videoflix.encoding import audio_tracks, completeness, density, probe_commands, refusal, timeline, video_stream
from videoflix.encoding.capabilities import capabilities_of
from videoflix.encoding.models import Probe
from videoflix.encoding.probe_apart import probe_apart
from videoflix.encoding.probe_report import finite_number, parse_probe
from videoflix.encoding.process import capture
from videoflix.errors import EncodeFailed, NotAFilm
from videoflix.library import containers

PROBE_SECONDS = 60.0
# The header of a sequence parameter set (ITU-T H.264, 7.3.1), whatever its priority.
SEQUENCE_PARAMETERS = re.compile(rb"\x00\x00\x01[\x27\x47\x67]")
X264_BUILD = re.compile(rb"x264 - core (\d{1,4})")


async def probe(ffmpeg: str, ffprobe: str, source: Path) -> Probe:
    """Raises NotAFilm with the reason, or FfmpegUnavailable for a reason that is not the film's."""
    try:
        await asyncio.to_thread(refusal.check_beginning, source)
        return await _examine(ffmpeg, ffprobe, source)
    except PermissionError:
        raise NotAFilm("The file cannot be read: permission denied.") from None
    except FileNotFoundError:
        raise NotAFilm("The file is not there.") from None
    except EncodeFailed as failure:
        raise await refusal.explain(ffprobe, source, failure) from None


async def _examine(ffmpeg: str, ffprobe: str, source: Path) -> Probe:
    """Raises NotAFilm, EncodeFailed if the film cannot be read, or FfmpegUnavailable."""
    told = await _ask(ffmpeg, ffprobe, source)
    packets = await video_stream.count_packets(ffprobe, source, told.get("streams", []))
    found = parse_probe(told, packets)
    build, (streams, notes) = await asyncio.gather(
        _x264_build(ffmpeg, source, found), audio_tracks.select(ffmpeg, source, told["streams"])
    )
    found = replace(parse_probe({**told, "streams": streams}, packets), notes=notes, x264_build=build)
    if told.get("unreadable"):
        unreadable = ", ".join(map(str, told["unreadable"]))
        note = f"Streams that cannot be read, as their headers are damaged, are left out: {unreadable}."
        found = replace(found, notes=(*found.notes, note))
    if found.colour.hdr:
        found = await _with_tone_map(ffmpeg, found)
    if told["format"]["format_name"] == "gif" and not await _moves(ffprobe, source, found):
        raise NotAFilm(containers.no_film(containers.IMAGE_FILE))
    video = next(s for s in told["streams"] if s["index"] == found.video)
    begin = finite_number(video.get("start_time"))
    measured = await timeline.measure(ffprobe, source, found, told["format"]["format_name"], begin)
    if measured is None:
        await _check_decodable(ffmpeg, source, found, video)
        return found if begin is None else replace(found, first=max(0.0, begin - found.origin))
    await density.check(ffprobe, source, measured)
    return completeness.check(source, measured, told["format"], video)


async def _check_decodable(ffmpeg: str, source: Path, found: Probe, video: dict[str, Any]) -> None:
    """Raises NotAFilm if no frame can be decoded between the beginning and the end."""
    codec = video["codec_name"]
    if codec == "av1":  # an ffmpeg without a decoder for it cannot know
        raise NotAFilm("This ffmpeg cannot decode AV1 pictures (see FFMPEG: it takes one that has libdav1d).")
    if await timeline.is_decodable(ffmpeg, source, found):
        return
    if video_stream.is_cover(video):
        raise NotAFilm("The file has no moving picture, and its cover cannot be decoded.")
    reason = "they are damaged, or of a kind that this ffmpeg does not know"
    raise NotAFilm(f"None of the film's pictures ({codec}) can be decoded: {reason}.")


async def _ask(ffmpeg: str, ffprobe: str, source: Path) -> dict[str, Any]:
    """What ffprobe reports about the file, or else about the streams without damaged headers. Raises EncodeFailed."""
    try:
        return await _report(ffprobe, source)
    except EncodeFailed:
        apart = await probe_apart(ffmpeg, ffprobe, source)
        if apart is None:
            raise
        return apart


async def _report(ffprobe: str, source: Path) -> dict[str, Any]:
    """Raises EncodeFailed."""
    told: dict[str, Any] = msgspec.json.decode(
        await capture(probe_commands.probe(ffprobe, source), seconds=PROBE_SECONDS)
    )
    if any(map(video_stream.is_without_size, told.get("streams", []))):
        output = await capture(probe_commands.probe(ffprobe, source, patient=True), seconds=PROBE_SECONDS)
        told = msgspec.json.decode(output)
    return told


async def probe_partial(ffprobe: str, source: Path) -> None:
    """Raises NotAFilm for a partial file if the missing part cannot make it a film.

    A known container may have its index at the end: that it cannot be read yet means nothing.
    """
    await asyncio.to_thread(refusal.check_beginning, source)
    try:
        told = await _report(ffprobe, source)
    except EncodeFailed as failure:
        if await asyncio.to_thread(refusal.is_container, source):
            return
        raise await refusal.explain(ffprobe, source, failure) from None
    parse_probe(told)


async def _moves(ffprobe: str, source: Path, found: Probe) -> bool:
    told = await capture(probe_commands.packets(ffprobe, source, found.video, "%+#2"), seconds=PROBE_SECONDS)
    return len(msgspec.json.decode(told)["packets"]) > 1


async def _x264_build(ffmpeg: str, source: Path, found: Probe) -> int | None:
    """The version of x264 that encoded a film, from its first packet. Old ones had bugs that a decoder has to
    know, also if it starts in the middle of the film. None for others."""
    if found.codec != "h264":
        return None
    with suppress(EncodeFailed):
        packet = await capture(probe_commands.first_packet(ffmpeg, source, found.video), seconds=PROBE_SECONDS)
        build = X264_BUILD.search(packet)
        return int(build[1]) if build else None
    return None


async def _with_tone_map(ffmpeg: str, found: Probe) -> Probe:
    """Add what this ffmpeg has to convert HDR to SDR, or else a note."""
    if tone_map := (await capabilities_of(ffmpeg)).tone_map:
        return replace(found, colour=replace(found.colour, tone_map=tone_map))
    note = "The picture is HDR and was not converted, as this ffmpeg can do it neither with zscale nor with scale: "
    return replace(found, notes=(*found.notes, f"{note}colours may look pale."))


def codecs_of(segment: bytes, *, has_audio: bool) -> str:
    """The CODECS of a segment of H.264 (and AAC) in a transport stream.

    RFC 6381: profile, constraints and level are the three bytes after the header of the sequence parameter set, which
    is in the first packets of every segment. Raises EncodeFailed without one.
    """
    found = SEQUENCE_PARAMETERS.search(segment)
    if found is None:
        raise EncodeFailed("No picture of the film could be encoded.")
    codec = f"avc1.{segment[found.end() : found.end() + 3].hex()}"
    return f"{codec},mp4a.40.2" if has_audio else codec
