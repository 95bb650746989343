"""What may be copied, where its segments begin, and why something is encoded, as values."""

from fractions import Fraction
from typing import Any

import pytest
from msgspec.structs import replace

from videoflix.encoding.copying import cuts, unsuitable, with_copy
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.ladder import ladder, most_bandwidth
from videoflix.encoding.models import H264, AudioTrack, Colour, EncodePlan, Probe
from videoflix.encoding.packets import Packets
from videoflix.encoding.units import plan_units

RATE, SECONDS = Fraction(25), 60
FRAMES = int(RATE * SECONDS)
AUDIO = AudioTrack(stream=1, aac_kbits=128, sample_rate=48_000)
GOOD = H264(profile="High", level=40, pixel_format="yuv420p", is_progressive=True, is_plain=True, is_timed=True)
FOUND = Probe(
    video=0,
    codec="h264",
    width=1920,
    height=1080,
    frame_rate=RATE,
    duration=float(SECONDS),
    frames=FRAMES,
    audio_tracks=(AUDIO,),
    h264=GOOD,
)


def plan(found: Probe = FOUND) -> EncodePlan:
    return EncodePlan(found, ladder(found.width, found.height, (480, 720, 1080)), CURRENT)


def packets(group: int = 50, kilobits: int = 6000, **changes: Any) -> Packets:
    """A film of `group` frames from one IDR picture to the next, at a rate in kbit/s."""
    read = Packets(
        tick=Fraction(1, 12_800),
        times=[number * 512 for number in range(FRAMES)],
        sizes=[kilobits * 1000 // 8 // int(RATE)] * FRAMES,
        idr=list(range(0, FRAMES, group)),
        delay=1024,
        one_format=True,
        steady_audio=SECONDS * 48_000 // 1024 + 2,
    )
    return replace(read, **changes)


def copied(found: Probe = FOUND, read: Packets | None = None, begin: float = -0.0213) -> EncodePlan:
    made = with_copy(plan(found), read or packets(), begin)
    assert isinstance(made, EncodePlan), made
    return made


def refused(read: Packets, found: Probe = FOUND) -> str:
    reason = with_copy(plan(found), read, 0.0)
    assert isinstance(reason, str)
    return reason


def test_the_highest_rendition_is_copied_and_the_others_have_its_key_frames() -> None:
    assert unsuitable(GOOD, plan(), 45_000_000, 1080) is None
    made = copied()
    assert made.copied == made.renditions[-1]
    assert made.copied is not None
    assert [one.name for one in made.encoded] == ["480p", "720p"]
    assert made.geometry.key_frames == tuple(range(0, FRAMES, 50))
    assert made.geometry.cuts == tuple(range(0, FRAMES, 150))
    assert made.probe.delay == pytest.approx(0.08)
    assert made.copied.bandwidth == most_bandwidth(1080, 6)
    fast = copied(read=packets(sizes=[*[10_000] * (FRAMES - 150), *[60_000] * 150])).copied
    assert fast is not None
    assert fast.bandwidth == pytest.approx(12_000_000 * 1.05 + 300_000)


def test_a_size_between_two_renditions_is_kept() -> None:
    made = copied(replace(FOUND, height=800))
    assert [(one.name, one.width, one.height) for one in made.renditions] == [
        ("480p", 1152, 480),
        ("720p", 1920, 800),
    ]


def test_units_begin_where_segments_do() -> None:
    made = copied(read=packets(group=130))
    starts = made.geometry.cuts
    assert starts == tuple(range(0, FRAMES, 130))
    units = plan_units(FRAMES, RATE, made.geometry)
    assert [starts[unit.first_segment] for unit in units] == [unit.first_frame for unit in units]
    assert sum(unit.frames or 0 for unit in units) == FRAMES
    (only,) = plan_units(FRAMES, RATE, made.geometry, in_one_piece=True)
    assert (only.frames, only.segments) == (FRAMES, len(starts))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([0], [0]),
        ([0, 25, 50, 75, 100, 125, 150, 175], [0, 150]),
        ([0, 50, 100, 150, 200, 250], [0, 150]),
        ([0, 100, 200], [0, 100, 200]),
        ([0, 250], [0, 250]),
        ([0, 12, 120, 140, 145, 160, 280], [0, 145]),
    ],
)
def test_segments_are_about_six_seconds_long(keys: list[int], expected: list[int]) -> None:
    assert cuts(keys, 300, RATE, CURRENT) == tuple(expected)


def test_dense_key_frames_are_not_all_taken_over() -> None:
    keys = copied(read=packets(group=1)).geometry.key_frames
    assert keys == tuple(range(0, FRAMES, 23))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"h264": replace(GOOD, profile="High 10")}, "profile High 10"),
        ({"h264": replace(GOOD, profile="Baseline")}, "profile Baseline"),
        ({"h264": replace(GOOD, level=51)}, "level 5.1"),
        ({"h264": replace(GOOD, pixel_format="yuvj420p")}, "pixel format, yuvj420p"),
        ({"h264": replace(GOOD, is_progressive=False)}, "interlaced"),
        ({"h264": replace(GOOD, is_plain=False)}, "rotated"),
        ({"h264": replace(GOOD, transfer="gamma28")}, "brightness"),
        ({"colour": Colour(matrix="smpte170m")}, "colours"),
        ({"colour": Colour(hdr="arib-std-b67")}, "colours"),
        ({"colour": Colour(range="pc")}, "brightness"),
        ({"width": 2560, "height": 1440}, "larger than 1080p"),
        ({"frames": None}, "not reliable"),
        ({"h264": replace(GOOD, is_timed=False)}, "not reliable"),
        ({"is_still": True}, "not reliable"),
        ({"frames": None, "is_steady": True, "length": 4 * 3600.0}, "longer than 3 hours"),
    ],
)
def test_what_not_every_player_shows_is_encoded(change: dict[str, Any], reason: str) -> None:
    found = replace(FOUND, **change)
    assert found.h264 is not None
    assert reason in (unsuitable(found.h264, plan(found), 45_000_000, 1080) or "")


def test_what_cannot_be_copied_exactly_is_encoded() -> None:
    jumps = [number * 512 for number in range(FRAMES)]
    jumps[700:] = [time + 512 for time in jumps[700:]]
    assert "only every 12 seconds" in refused(packets(group=300))
    assert "only every 60 seconds" in refused(packets(idr=[0]))
    assert "only every 20 seconds" in refused(packets(idr=[0, *range(500, FRAMES, 50)]))
    assert "begin with a key frame" in refused(packets(idr=[50]))
    assert "edit list" in refused(packets(hidden=True))
    assert "frame rate varies" in refused(packets(times=jumps))
    assert "too coarse" in refused(packets(tick=Fraction(1, 25), times=range(FRAMES)))
    assert "format changes" in refused(packets(one_format=False))
    assert "times of its key frames" in refused(packets(times=[0, 1024, 512, *packets().times[3:]], idr=[0, 1, 50]))
    assert "1500 frames where its length promises 1600" in refused(packets(), replace(FOUND, frames=1600))


def test_what_is_too_large_is_encoded() -> None:
    assert "20.0 Mbit/s are too much" in (unsuitable(GOOD, plan(), 150_000_000, 1080) or "")
    assert copied(read=packets(kilobits=8900)).copied
    assert "9.1 Mbit/s on average, 9.1 at most, exceed the 9.0 and 18.0" in refused(packets(kilobits=9100))
    burst = [*[3000] * (FRAMES - 150), *[100_000] * 150]
    assert "20.0 at most" in refused(packets(sizes=burst))
    alone = replace(FOUND, width=854, height=480)
    assert copied(alone, packets(kilobits=2300)).copied
    assert "exceed the 2.4 and 4.8" in refused(packets(kilobits=2500), alone)


def test_audio_is_copied_if_it_is_aac_in_stereo_without_gaps() -> None:
    made = copied(begin=-0.021333)
    assert (made.geometry.audio_begin, made.geometry.sample_rate) == (-21_333, 48_000)
    at_44_100 = replace(FOUND, audio_tracks=(replace(AUDIO, sample_rate=44_100),))
    made = copied(at_44_100, packets(steady_audio=SECONDS * 44_100 // 1024 + 1), begin=0.01)
    assert (made.geometry.audio_begin, made.geometry.sample_rate) == (10_000, 44_100)
    assert made.geometry.first_packet(0, RATE) == 0
    assert made.geometry.packet_seconds(made.geometry.first_packet(1, RATE)) >= 6

    for tracks in ((replace(AUDIO, aac_kbits=0),), (replace(AUDIO, aac_kbits=320),), (AUDIO, AUDIO), ()):
        assert copied(replace(FOUND, audio_tracks=tracks)).geometry.audio_begin is None
    assert copied(read=packets(steady_audio=0)).geometry.audio_begin is None
    assert copied(read=packets(steady_audio=2000)).geometry.audio_begin is None  # it ends 17 s too early
    assert copied(begin=0.5).geometry.audio_begin is None
