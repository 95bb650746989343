"""The geometry of an encode: where its segments, groups of pictures and audio packets begin.

An encode keeps the geometry that was decided on when its original was ingested. Everything after that reads the
stored one. So a change of CURRENT affects neither published films nor those that are being encoded.
"""

import math
from bisect import bisect_left
from fractions import Fraction

from msgspec import Struct


class Geometry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Lengths in whole seconds; `segment_seconds` is a multiple of `key_frame_seconds`. At a rate such as 30000/1001
    the real lengths differ slightly, because they are whole numbers of frames.

    All audio becomes AAC at `sample_rate`, in packets of `packet_samples`. The film's clock starts at `time_offset`
    seconds: space for the negative decode times of B-frames.

    A film whose video is copied has the key frames of its original: the numbers of `key_frames`, and of the `cuts`
    among them at which segments begin. Both start with frame 0; they are empty if key frames are evenly spaced.
    `audio_begin` is when the first packet of audio begins that is copied, in microseconds from the first frame; audio
    that is encoded has one packet of lead-in.
    """

    segment_seconds: int
    key_frame_seconds: int
    sample_rate: int
    packet_samples: int
    time_offset: int
    key_frames: tuple[int, ...] = ()
    cuts: tuple[int, ...] = ()
    audio_begin: int | None = None

    def __post_init__(self) -> None:
        if self.segment_seconds % self.key_frame_seconds:
            raise ValueError("a segment is a whole number of groups of pictures")

    def key_frame_interval(self, rate: Fraction) -> int:
        """Frames from one key frame to the next, where they are evenly spaced."""
        return max(1, round(self.key_frame_seconds * rate))

    def segment_frames(self, rate: Fraction) -> int:
        """Frames of a segment where key frames are evenly spaced, except at the end of the film."""
        return self.segment_seconds // self.key_frame_seconds * self.key_frame_interval(rate)

    def segments(self, frames: int, rate: Fraction) -> int:
        """The number of segments of a film of that many frames."""
        return len(self.cuts) or -(-frames // self.segment_frames(rate))

    def first_frame(self, segment: int, rate: Fraction) -> int:
        """The frame that a segment of the film begins with."""
        return self.cuts[segment] if self.cuts else segment * self.segment_frames(rate)

    def key_frames_between(self, first: int, end: int) -> tuple[int, ...]:
        """The key frames from frame `first` to before frame `end` of a film whose key frames are those of its
        original."""
        return self.key_frames[bisect_left(self.key_frames, first) : bisect_left(self.key_frames, end)]

    def segment_time(self, rate: Fraction) -> float:
        """The length of a segment in seconds, as it is given to ffmpeg for a film of an unknown number of frames.

        It is slightly less than the real one: ffmpeg cuts at the first key frame at or after a multiple of it, and a
        time stamp that was rounded down must not move the cut to the next key frame. 20 µs per segment add up to less
        than a group of pictures in a film of a hundred hours.
        """
        return float(self.segment_frames(rate) / rate) - 20e-6

    def first_packet(self, segment: int, rate: Fraction) -> int:
        """The AAC packet that a segment's audio begins with."""
        return self.packet_at(self.first_frame(segment, rate) / rate)

    def packet_at(self, begin: Fraction) -> int:
        """The first AAC packet at or after a time in seconds from the first frame.

        What lies before the film's start, such as the encoder's lead-in, belongs to no segment: a player's clock
        would start with it, and the video would be late.
        """
        return math.ceil((begin - self._audio_begin) * self.sample_rate / self.packet_samples)

    def packet_seconds(self, packet: int) -> Fraction:
        """When a packet is played, in seconds from the start of the film."""
        return self._audio_begin + Fraction(packet * self.packet_samples, self.sample_rate)

    @property
    def _audio_begin(self) -> Fraction:
        if self.audio_begin is None:
            return Fraction(-self.packet_samples, self.sample_rate)
        return Fraction(self.audio_begin, 1_000_000)


# What new encodes get. A key frame every two seconds follows Apple's authoring specification.
CURRENT = Geometry(
    segment_seconds=6,
    key_frame_seconds=2,
    sample_rate=48_000,
    packet_samples=1024,
    time_offset=10,
)
