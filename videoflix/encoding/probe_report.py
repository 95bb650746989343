"""Reads what ffprobe reports about an original: the video, its audio and caption tracks, and their times."""

import math
import re
from collections import Counter
from fractions import Fraction
from typing import Any

from videoflix.encoding import audio_tracks, colour, inputs, refusal, timeline, video_stream
from videoflix.encoding.frame_rate import constant_rate
from videoflix.encoding.models import H264, AudioTrack, CaptionTrack, Probe
from videoflix.errors import NotAFilm
from videoflix.library import caption_names, languages
from videoflix.library.metadata import label
from videoflix.library.models import CaptionKind

MAX_STREAMS = 64
CAPTION_CODECS = ("subrip", "ass", "ssa", "webvtt", "mov_text", "text")
# Broadcasters use this code for the original language of the film.
ORIGINAL = {"qaa": "Original"}
# Containers that state when frames are shown, and not only when they are decoded.
TIMED = ("mov,mp4", "matroska,webm", "mpegts", "flv")
# Side data of a video that changes nothing about how it is shown.
PLAIN = {"CPB properties"}
# The rate of AAC in bit/s that is assumed where the container does not state it.
UNKNOWN_AAC = 128_000
NOT_COUNTED: Counter[int] = Counter()


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
    origin = finite_number(container.get("start_time")) or 0.0
    jumping = container.get("format_name") in timeline.JUMPING
    if duration and duration > inputs.MAX_SECONDS:
        if not jumping:
            raise NotAFilm("The film is longer than a day.")
        duration = None  # the distance between the first time stamp and the last is not the length
    tracks = _audio_tracks(streams, origin, jumping=jumping)
    if jumping:
        read = (video, *audio_tracks.in_order(streams)[:1])
        starts = (finite_number(one.get("start_time")) for one in read)
        origin = min((start for start in starts if start is not None), default=origin)
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
        h264=_h264(video, container.get("format_name", "")) if video["codec_name"] == "h264" else None,
    )


def _h264(video: dict[str, Any], container: str) -> H264:
    sides = {side.get("side_data_type") for side in video.get("side_data_list", [])}
    return H264(
        profile=video.get("profile", ""),
        level=video.get("level", 0),
        pixel_format=video.get("pix_fmt", ""),
        is_progressive=video.get("field_order") == "progressive",
        is_plain=sides <= PLAIN and video.get("sample_aspect_ratio", "1:1") in ("1:1", "0:1", "N/A"),
        is_timed=container.startswith(TIMED),
        transfer=video.get("color_transfer"),
        track=_track_number(video),
    )


def _track_number(stream: dict[str, Any]) -> int | None:
    """The id of a track of an MP4, and of others that number their streams."""
    number = stream.get("id", "")
    return int(number, 16) if re.fullmatch("0x[0-9a-f]{1,8}", number) else None


def _aac_kbits(track: dict[str, Any]) -> int:
    """Rounded up, 0 for other formats than AAC-LC in stereo. Matroska does not state it."""
    if (track.get("codec_name"), track.get("profile"), track.get("channels")) != ("aac", "LC", 2):
        return 0
    return math.ceil((finite_number(track.get("bit_rate")) or UNKNOWN_AAC) / 1000)


def _audio_tracks(streams: list[dict[str, Any]], origin: float, *, jumping: bool) -> tuple[AudioTrack, ...]:
    """The audio tracks, the default one first. If the clock may jump, each begins at its own time."""
    tracks = []
    for number, track in enumerate(audio_tracks.in_order(streams), 1):
        begin = finite_number(track.get("start_time")) if jumping else None
        tracks.append(
            AudioTrack(
                stream=track["index"],
                begin=origin if begin is None else begin,
                language=_language(track),
                name=_title(track) or (f"Track {number}" if number > 1 else None),
                is_mono=track.get("channels") == 1,
                aac_kbits=_aac_kbits(track),
                sample_rate=int(finite_number(track.get("sample_rate")) or 0),
                track=_track_number(track),
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
    seconds = finite_number(told.get("duration"))
    return seconds if seconds and seconds > 0 else None


def finite_number(text: str | None) -> float | None:
    """A finite number in ffprobe's words; None for anything else."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
