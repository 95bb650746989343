"""The geometry of an encode: how long its segments, groups of pictures and audio packets are, and when it starts.

An encode keeps the geometry that was current when its original was ingested. Everything after that reads the stored
one. So a change of CURRENT affects neither published films nor those that are being encoded.
"""

import math
from fractions import Fraction

from msgspec import Struct


class Geometry(Struct, frozen=True, kw_only=True):
    """Lengths in whole seconds; `segment_seconds` is a multiple of `key_frame_seconds`. At a rate such as 30000/1001
    the real lengths differ slightly, because they are whole numbers of frames.

    All audio becomes AAC at `sample_rate`, in packets of `packet_samples`. The film's clock starts at `time_offset`
    seconds: space for the negative decode times of B-frames.
    """

    segment_seconds: int
    key_frame_seconds: int
    sample_rate: int
    packet_samples: int
    time_offset: int

    def __post_init__(self) -> None:
        if self.segment_seconds % self.key_frame_seconds:
            raise ValueError("a segment is a whole number of groups of pictures")

    def key_frame_interval(self, rate: Fraction) -> int:
        """Frames from one key frame to the next."""
        return max(1, round(self.key_frame_seconds * rate))

    def segment_frames(self, rate: Fraction) -> int:
        """Frames of a segment, except at the end of the film."""
        return self.segment_seconds // self.key_frame_seconds * self.key_frame_interval(rate)

    def segments(self, frames: int, rate: Fraction) -> int:
        """The number of segments of a film of that many frames."""
        return -(-frames // self.segment_frames(rate))

    def hls_time(self, rate: Fraction) -> float:
        """The length of a segment in seconds, as it is given to ffmpeg.

        It is slightly less than the real one: ffmpeg cuts at the first key frame at or after a multiple of it, and a
        time stamp that was rounded down must not move the cut to the next key frame. 20 µs per segment add up to less
        than a group of pictures in a film of a hundred hours.
        """
        return float(self.segment_frames(rate) / rate) - 20e-6

    def first_packet(self, segment: int, rate: Fraction) -> int:
        """The AAC packet that a segment's audio begins with: the first at or after its first frame.

        Packet 0 is the encoder's lead-in, one packet before the start of the film, and belongs to no segment: a
        player's clock would start with it, and the video would be late.
        """
        begin = segment * self.segment_frames(rate) / rate
        return math.ceil(begin * self.sample_rate / self.packet_samples) + 1

    def packet_seconds(self, packet: int) -> Fraction:
        """When a packet is played, in seconds from the start of the film."""
        return Fraction((packet - 1) * self.packet_samples, self.sample_rate)


# What new encodes get. A key frame every two seconds follows Apple's authoring specification.
CURRENT = Geometry(
    segment_seconds=6,
    key_frame_seconds=2,
    sample_rate=48_000,
    packet_samples=1024,
    time_offset=10,
)
