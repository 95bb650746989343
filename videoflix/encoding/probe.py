"""Finds out what an original contains, with ffprobe, and refuses what cannot become a film with a reason."""

import asyncio
import math
import re
from collections import Counter
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from videoflix.encoding import (
    audio_tracks,
    colour,
    completeness,
    density,
    inputs,
    probe_commands,
    refusal,
    timeline,
    video_stream,
)
from videoflix.encoding.frame_rate import constant_rate
from videoflix.encoding.models import AudioTrack, CaptionTrack, Probe, ToneMap
from videoflix.encoding.probe_apart import probe_apart
from videoflix.encoding.process import capture
from videoflix.errors import EncodeFailed, FfmpegUnavailable, NotAFilm
from videoflix.library import caption_names, containers, languages
from videoflix.library.metadata import label
from videoflix.library.models import CaptionKind

PROBE_SECONDS = 60.0
MAX_STREAMS = 64
LOOPBACK_LIBAVCODEC = 61
CAPTION_CODECS = ("subrip", "ass", "ssa", "webvtt", "mov_text", "text")
# Broadcasters use this code for the original language of the film.
ORIGINAL = {"qaa": "Original"}
X264_BUILD = re.compile(rb"x264 - core (\d{1,4})")
NOT_COUNTED: Counter[int] = Counter()


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
    if found.audio_tracks:
        loopback = await _has_loopback(ffmpeg)
        streams, notes = await audio_tracks.select(ffmpeg, source, told["streams"])
        found = replace(parse_probe({**told, "streams": streams}, packets), loopback=loopback, notes=notes)
    if told.get("unreadable"):
        unreadable = ", ".join(map(str, told["unreadable"]))
        note = f"Streams that cannot be read, as their headers are damaged, are left out: {unreadable}."
        found = replace(found, notes=(*found.notes, note))
    if found.colour.hdr:
        found = await _with_tone_map(ffmpeg, found)
    if told["format"]["format_name"] == "gif" and not await _moves(ffprobe, source, found):
        raise NotAFilm(containers.no_film(containers.STILL_PICTURE))
    if found.codec == "h264":
        found = replace(found, x264_build=await _x264_build(ffmpeg, source, found))
    video = next(s for s in told["streams"] if s["index"] == found.video)
    begin = _number(video.get("start_time"))
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


async def _has_loopback(ffmpeg: str) -> bool:
    """Whether it can decode what it encodes in the same run: from version 7 on."""
    told = (await _about(probe_commands.version(ffmpeg))).decode("utf-8", "replace")
    library = re.search(r"^libavcodec +(\d+)\.", told, flags=re.MULTILINE)
    return library is not None and int(library[1]) >= LOOPBACK_LIBAVCODEC


async def _x264_build(ffmpeg: str, source: Path, found: Probe) -> int | None:
    """The version of x264 that encoded a film, from its first packet. Old ones had bugs that a decoder has to
    know, also if it starts in the middle of the film."""
    with suppress(EncodeFailed):
        packet = await capture(probe_commands.first_packet(ffmpeg, source, found.video), seconds=PROBE_SECONDS)
        build = X264_BUILD.search(packet)
        return int(build[1]) if build else None
    return None


async def _with_tone_map(ffmpeg: str, found: Probe) -> Probe:
    """Add what this ffmpeg has to convert HDR to SDR, or else a note."""
    filters = (await _about(probe_commands.filters(ffmpeg))).decode().split()
    if "zscale" in filters and "tonemap" in filters:
        return replace(found, colour=replace(found.colour, tone_map=ToneMap.ZSCALE))
    if b" out_transfer " in await _about(probe_commands.scale_options(ffmpeg)):
        return replace(found, colour=replace(found.colour, tone_map=ToneMap.SCALE))
    note = "The picture is HDR and was not converted, as this ffmpeg can do it neither with zscale nor with scale: "
    return replace(found, notes=(*found.notes, f"{note}colours may look pale."))


async def _about(arguments: list[str]) -> bytes:
    """What ffmpeg says about itself. Raises FfmpegUnavailable: no film is read."""
    try:
        return await capture(arguments, seconds=PROBE_SECONDS)
    except EncodeFailed as failure:
        raise FfmpegUnavailable(failure.detail) from None


def parse_probe(told: dict[str, Any], packets: Counter[int] = NOT_COUNTED) -> Probe:
    """The facts in ffprobe's JSON and in the number of packets per stream. Raises NotAFilm."""
    streams = told.get("streams", [])
    if len(streams) > MAX_STREAMS:
        raise NotAFilm(f"The file has {len(streams)} streams; {MAX_STREAMS} are the limit.")
    video = video_stream.choose(streams, packets)
    if video is None:
        raise refusal.without_picture(streams)
    width, height = _shown_size(video)
    if width * height > inputs.MAX_PIXELS:
        raise NotAFilm(f"The picture of {width}×{height} is too large.")
    duration = _seconds(told.get("format", {})) or _seconds(video)
    container = told.get("format", {})
    origin = _number(container.get("start_time")) or 0.0
    jumping = container.get("format_name") in timeline.JUMPING
    if duration and duration > inputs.MAX_SECONDS:
        if not jumping:
            raise NotAFilm("The film is longer than a day.")
        duration = None  # the distance between the first time stamp and the last is not the length
    tracks = _audio_tracks(streams, origin, jumping=jumping)
    if jumping:
        read = (video, *audio_tracks.in_order(streams)[:1])
        origin = min((time for one in read if (time := _number(one.get("start_time"))) is not None), default=origin)
    return Probe(
        video=video["index"],
        codec=video["codec_name"],
        audio_tracks=tracks,
        captions=_captions(streams),
        width=width,
        height=height,
        frame_rate=constant_rate(_rate(video, "avg_frame_rate"), _rate(video, "r_frame_rate")),
        duration=duration,
        interlaced=video.get("field_order") in ("tt", "bb", "tb", "bt"),
        colour=colour.read(video),
        origin=origin,
    )


def _audio_tracks(streams: list[dict[str, Any]], origin: float, *, jumping: bool) -> tuple[AudioTrack, ...]:
    """The audio tracks, the default one first. If the clock may jump, each begins at its own time."""
    tracks = []
    for number, track in enumerate(audio_tracks.in_order(streams), 1):
        begin = _number(track.get("start_time")) if jumping else None
        tracks.append(
            AudioTrack(
                stream=track["index"],
                begin=origin if begin is None else begin,
                language=_language(track),
                name=_title(track) or (f"Track {number}" if number > 1 else None),
                is_mono=track.get("channels") == 1,
            )
        )
    return tuple(tracks)


def _captions(streams: list[dict[str, Any]]) -> tuple[CaptionTrack, ...]:
    return tuple(
        CaptionTrack(
            stream=s["index"],
            codec=s["codec_name"],
            kind=_caption_kind(s),
            language=_language(s),
            name=caption_names.name(_language(s), _caption_kind(s), label(s.get("tags", {}).get("title", ""))),
        )
        for s in streams
        if s.get("codec_type") == "subtitle" and s.get("codec_name") in CAPTION_CODECS
    )


def _caption_kind(stream: dict[str, Any]) -> CaptionKind:
    """The kind that a track's flags declare, else its title."""
    flags = stream.get("disposition", {})
    if flags.get("forced"):
        return CaptionKind.FORCED
    if flags.get("hearing_impaired") or flags.get("captions"):
        return CaptionKind.SDH
    return caption_names.kind_in(stream.get("tags", {}).get("title", ""))


def _language(stream: dict[str, Any]) -> str | None:
    return languages.tag(stream.get("tags", {}).get("language", ""))


def _title(stream: dict[str, Any]) -> str | None:
    """The name of a track, else its language's own name for itself, or the meaning of `qaa` for broadcasters."""
    language, tags = _language(stream), stream.get("tags", {})
    named = languages.name(language) if language else ORIGINAL.get(tags.get("language", ""))
    return label(tags.get("title", "")) or named


def codecs_of(segment: bytes, *, has_audio: bool) -> str:
    """The CODECS of a segment of H.264 (and AAC) in a transport stream.

    RFC 6381: profile, constraints and level are the three bytes after the header of the sequence parameter set, which
    is in the first packets of every segment. Raises EncodeFailed without one.
    """
    start = segment.find(b"\x00\x00\x01\x67")
    if start < 0:
        raise EncodeFailed("No picture of the film could be encoded.")
    codec = f"avc1.{segment[start + 4 : start + 7].hex()}"
    return f"{codec},mp4a.40.2" if has_audio else codec


def _shown_size(video: dict[str, Any]) -> tuple[int, int]:
    """The size on the screen: with square pixels, then rotated."""
    width, height = video["width"], video["height"]
    shape = _fraction(video.get("sample_aspect_ratio", "").replace(":", "/"))
    if shape:
        width = max(2, round(width * shape))
    turns = [side.get("rotation", 0) for side in video.get("side_data_list", [])]
    turned = any(round(turn) % 180 == 90 for turn in turns)
    return (height, width) if turned else (width, height)


def _rate(video: dict[str, Any], name: str) -> Fraction | None:
    rate = _fraction(video.get(name, ""))
    return rate if rate and rate <= 1000 else None


def _fraction(text: str) -> Fraction | None:
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None
    return value if value > 0 else None


def _seconds(told: dict[str, Any]) -> float | None:
    seconds = _number(told.get("duration"))
    return seconds if seconds and seconds > 0 else None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
