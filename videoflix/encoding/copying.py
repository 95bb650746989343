"""Decides whether the video of a film is copied in its highest rendition, and where its segments begin then.

Encoding the highest rendition is most of the work, and most originals have it already. What cannot be copied exactly,
or what not every player shows, is encoded.
"""

import asyncio
from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import msgspec
from msgspec.structs import replace

from videoflix.encoding import colour, packets, probe_commands
from videoflix.encoding.geometry import Geometry
from videoflix.encoding.ladder import MAX_KBITS, max_kbits_for, most_bandwidth
from videoflix.encoding.models import H264, AudioTrack, EncodePlan, Probe
from videoflix.encoding.packets import AAC_SAMPLES, Packets
from videoflix.encoding.process import capture
from videoflix.encoding.timeline import frames_in
from videoflix.errors import EncodeFailed, FfmpegUnavailable

PROFILES = ("Constrained Baseline", "Main", "High")
# Up to 1080p with 60 frames per second, which phones play; and beyond.
MAX_LEVEL, MAX_LARGE_LEVEL, HD_PIXELS = 42, 52, 1920 * 1088
# Transfer functions that players treat alike.
TRANSFERS = (None, "unknown", "bt709", "smpte170m")
# How much more than the ceiling of its size a video may have: on average, and in its largest segment.
MAX_AVERAGE, MAX_PEAK = 1.5, 3.0
# What audio and other streams may have, in bit/s.
OTHER_STREAMS = 8_000_000
MAX_KEY_SECONDS = 10
# Key frames that are closer than this to the one before are left out of the other renditions.
MIN_KEY_SECONDS = Fraction(9, 10)
# The furthest that a frame may be from its place at a constant rate, in frames.
MAX_OFF = 0.25
# How much earlier than the film its video or its audio may end, in seconds.
MAX_EARLY_END = 1.0
SAMPLE_RATES = (44_100, 48_000)
MAX_AAC_KBITS = 256
# What a transport stream adds to the video, and the rate of its audio at most.
MUXED, AUDIO_BITS = 1.05, 300_000
# Decode times of the first frames are moved by at least a tick, and several of them have to fit into a frame.
MAX_TICK = Fraction(1, 500)
SECONDS = 60.0
# The arguments of a program are limited; key frames of a film that is encoded in one piece are listed in one.
MAX_SECONDS_IN_ONE_PIECE = 3 * 3600


async def plan(ffmpeg: str, ffprobe: str, source: Path, encoded: EncodePlan, largest: int) -> EncodePlan:
    """The plan for a film whose highest rendition is copied, if that can be, else `encoded`, with a note that says
    why not if its video is H.264. `largest` is the highest label of the ladder."""
    found = encoded.probe
    if found.h264 is None:  # nobody would expect a copy
        return encoded
    reason = unsuitable(found.h264, encoded, source.stat().st_size, largest)
    if reason is None:
        try:
            read, begin = await asyncio.gather(
                packets.read(ffmpeg, source, found), _audio_begin(ffprobe, source, found)
            )
        except (EncodeFailed, FfmpegUnavailable, OSError):
            reason = "the times of its frames cannot be read"
        else:
            copied = with_copy(encoded, read, begin)
            if isinstance(copied, EncodePlan):
                return copied
            reason = copied
    note = f"{encoded.renditions[-1].name} is encoded and not copied from the original: {reason}."
    return replace(encoded, probe=replace(found, notes=(*found.notes, note)))


def unsuitable(video: H264, encoded: EncodePlan, size: int, largest: int) -> str | None:
    """Why the video of a film of `size` bytes cannot be copied, whatever its packets are; None if they decide. A film
    that is much too large is not read for that."""
    found = encoded.probe
    if found.seconds and size * 8 / found.seconds > MAX_AVERAGE * _ceiling(encoded) + OTHER_STREAMS:
        return f"its {size * 8 / found.seconds / 1e6:.1f} Mbit/s are too much for its size"
    if max_kbits_for(found.width, found.height) > MAX_KBITS[largest]:
        return f"{found.width}×{found.height} is larger than {largest}p"
    return _unplayable(video, found) or _unlike_encoded(video, found)


def _unplayable(video: H264, found: Probe) -> str | None:
    """Why phones would not play the video."""
    most = MAX_LEVEL if found.width * found.height <= HD_PIXELS else MAX_LARGE_LEVEL
    if video.profile not in PROFILES or not 0 < video.level <= most:
        return f"not every player can show profile {video.profile or 'unknown'}, level {video.level / 10}"
    if video.pixel_format != "yuv420p":
        return f"not every player can show its pixel format, {video.pixel_format or 'unknown'}"
    return None


def _unlike_encoded(video: H264, found: Probe) -> str | None:
    """Why a copy would differ from the renditions below it."""
    colours = found.colour
    if found.interlaced or not video.is_progressive:
        return "it may be interlaced"
    if not video.is_plain or found.hold:
        return "it is rotated, cropped, or has pixels that are not square"
    if colours.hdr or colours.matrix != "bt709" or colours.primaries not in colour.NEAR_PRIMARIES:
        return "its colours are not those of HD video (BT.709)"
    if colours.range == "pc" or video.transfer not in TRANSFERS:
        return "its levels of brightness are not those of HD video (BT.709)"
    if not video.is_timed or found.is_still or not (found.frames or (found.is_steady and found.length)):
        return "the times of its frames are not reliable"
    if found.frames is None and (found.length or 0) > MAX_SECONDS_IN_ONE_PIECE:
        return f"it cannot be read from the middle, and is longer than {MAX_SECONDS_IN_ONE_PIECE // 3600} hours"
    return None


def with_copy(encoded: EncodePlan, read: Packets, audio_begin: float | None) -> EncodePlan | str:
    """The plan with a copy, or why it cannot be. `audio_begin` is when the first packet of the film's audio track is
    played, in seconds from the first frame."""
    found, top = encoded.probe, encoded.renditions[-1]
    keys = _key_frames(read, found)
    if isinstance(keys, str):
        return keys
    frames = found.frames or frames_in(found.length or 0.0, found)
    if not 0 <= frames - len(read.times) <= MAX_EARLY_END * found.frame_rate:
        return f"it has {len(read.times)} frames where its length promises {frames}"
    starts = cuts(keys, frames, found.frame_rate, encoded.geometry)
    rates = _rates(read, starts, found.frame_rate)
    ceiling = _ceiling(encoded)
    average, peak = sum(read.sizes) * 8 / float(frames / found.frame_rate), max(rates)
    if average > MAX_AVERAGE * ceiling or peak > MAX_PEAK * ceiling:
        limits = f"{MAX_AVERAGE * ceiling / 1e6:.1f} and {MAX_PEAK * ceiling / 1e6:.1f}"
        return f"its {average / 1e6:.1f} Mbit/s on average, {peak / 1e6:.1f} at most, exceed the {limits} of its size"
    probe = replace(found, frames=frames, delay=float(read.delay * read.tick), in_one_piece=found.frames is None)
    geometry = replace(encoded.geometry, key_frames=keys, cuts=starts)
    if audio_begin is not None and _is_audio_copied(
        found.audio_tracks, read, audio_begin, float(frames / found.frame_rate)
    ):
        rate, begin = found.audio_tracks[0].sample_rate, round(audio_begin * 1_000_000)
        geometry = replace(geometry, sample_rate=rate, audio_begin=begin)
    # until the renditions are measured: players take the one with the higher rate for the better one
    usual = most_bandwidth(top.label, encoded.geometry.segment_seconds)
    bandwidth = max(round(peak * MUXED) + AUDIO_BITS, usual)
    copy = replace(top, width=found.width, height=found.height, is_copied=True, bandwidth=bandwidth)
    return EncodePlan(probe, (*encoded.renditions[:-1], copy), geometry)


def _ceiling(encoded: EncodePlan) -> int:
    """The ceiling of the video in bit/s: that of its size, but that of its label if there is no lower rendition."""
    top, found = encoded.renditions[-1], encoded.probe
    return 1000 * (max_kbits_for(found.width, found.height) if len(encoded.renditions) > 1 else MAX_KBITS[top.label])


def cuts(key_frames: Sequence[int], frames: int, rate: Fraction, geometry: Geometry) -> tuple[int, ...]:
    """Which key frames begin segments in a film of so many frames: those that make them about as long as others."""
    ends = [*key_frames, frames]
    chosen = [0]
    while chosen[-1] < frames:
        wanted = chosen[-1] + geometry.segment_seconds * rate
        after = bisect_left(ends, wanted)
        near = (end for end in ends[max(0, after - 1) : after + 1] if end > chosen[-1])
        chosen.append(min(near, key=lambda end: abs(end - wanted)))
    return tuple(chosen[:-1])


def _key_frames(read: Packets, found: Probe) -> tuple[int, ...] | str:
    """The numbers of the IDR pictures in the order of presentation, without those that are close to another; or why
    the video cannot be copied."""
    per_tick = float(read.tick * found.frame_rate)
    shown = sorted(read.times)
    if not read.idr or read.idr[0] != 0 or read.hidden or read.times[0] != shown[0]:
        return "it does not begin with a key frame, or an edit list leaves out a part of it"
    if read.delay and read.tick > MAX_TICK:
        return "its clock is too coarse"
    if not read.one_format:
        return "its format changes in the middle"
    if any(abs((time - shown[0]) * per_tick - number) > MAX_OFF for number, time in enumerate(shown)):
        return "its frame rate varies"
    # of frames that are decoded before an IDR picture none is shown after it: their order is the same
    if any(read.times[place] != shown[place] for place in read.idr):
        return "the times of its key frames are wrong"
    longest = max(end - begin for begin, end in pairwise([*read.idr, len(shown)]))
    if longest > MAX_KEY_SECONDS * found.frame_rate + 1:
        return f"players can start only every {float(longest / found.frame_rate):.0f} seconds (at IDR pictures)"
    keys = [0]
    for place in read.idr:
        if place - keys[-1] >= MIN_KEY_SECONDS * found.frame_rate:
            keys.append(place)
    return tuple(keys)


def _rates(read: Packets, starts: Sequence[int], frame_rate: Fraction) -> list[float]:
    """The rate of each segment in bit/s."""
    before = list(accumulate(read.sizes, initial=0))
    spans = pairwise([*starts, len(read.sizes)])
    return [(before[end] - before[begin]) * 8 / float((end - begin) / frame_rate) for begin, end in spans]


async def _audio_begin(ffprobe: str, source: Path, found: Probe) -> float | None:
    """When the first packet of the film's audio track is played, in seconds from the first frame; None without one.
    Raises EncodeFailed or FfmpegUnavailable."""
    for track in found.audio_tracks[:1]:
        command = probe_commands.packets(ffprobe, source, track.stream, "%+#1")
        for packet in msgspec.json.decode(await capture(command, seconds=SECONDS)).get("packets", []):
            if "pts_time" in packet:
                return float(packet["pts_time"]) - found.origin - found.first
    return None


def _is_audio_copied(tracks: Sequence[AudioTrack], read: Packets, begin: float, seconds: float) -> bool:
    """Whether the audio is copied, too: a single track of stereo at a usual rate that lasts from the first frame to
    the last without gaps."""
    if len(tracks) != 1 or not 0 < tracks[0].aac_kbits <= MAX_AAC_KBITS or tracks[0].sample_rate not in SAMPLE_RATES:
        return False
    packet_seconds = AAC_SAMPLES / tracks[0].sample_rate
    end = begin + read.steady_audio * packet_seconds
    return begin <= packet_seconds and end >= seconds - MAX_EARLY_END
