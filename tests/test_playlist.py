from fractions import Fraction

import pytest

from videoflix.models import Rendition, Segment
from videoflix.playlist import SEGMENT, master, media, parse_durations, segment_name


def test_a_media_playlist_names_its_segments_with_the_version() -> None:
    text = media([Segment(0, 6.006, 10), Segment(1, 2.5, 10)], 3, is_complete=True)
    assert text.splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:6",
        "#EXT-X-TARGETDURATION:6",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        "#EXTINF:6.006000,",
        "000.ts?v=3",
        "#EXTINF:2.500000,",
        "001.ts?v=3",
        "#EXT-X-ENDLIST",
    ]


def test_a_playlist_that_grows_begins_at_its_beginning_and_has_no_end_yet() -> None:
    text = media([Segment(0, 6.0, 10)], 3, is_complete=False)
    assert "#EXT-X-PLAYLIST-TYPE:EVENT\n" in text
    assert "#EXT-X-START:TIME-OFFSET=0,PRECISE=YES\n" in text
    assert "ENDLIST" not in text


def test_no_segment_is_longer_than_the_target_when_rounded() -> None:
    assert "#EXT-X-TARGETDURATION:7\n" in media([Segment(0, 6.5, 1)], 1, is_complete=True)


def test_the_master_tells_what_a_player_chooses_by() -> None:
    one = Rendition(
        label=480,
        width=854,
        height=480,
        frame_rate=Fraction(30000, 1001),
        codecs="avc1.64001f,mp4a.40.2",
        bandwidth=900_000,
        average_bandwidth=700_000,
    )
    assert master([one]).splitlines()[3:] == [
        "#EXT-X-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=700000,RESOLUTION=854x480,"
        'FRAME-RATE=29.970,CODECS="avc1.64001f,mp4a.40.2"',
        "480p/index.m3u8",
    ]


@pytest.mark.parametrize("name", ["000.ts", "999.ts", "1000.ts", "12345.ts"])
def test_names_of_segments(name: str) -> None:
    assert SEGMENT.fullmatch(name)
    assert segment_name(int(name[:-3])) == name


@pytest.mark.parametrize(
    "name",
    ["0.ts", "00.ts", "0000.ts", "0999.ts", "000.mp4", "000.ts\n", "../000.ts", "٠٠٠.ts", "000ts", "-01.ts", ""],
)
def test_what_is_no_name_of_a_segment(name: str) -> None:
    assert not SEGMENT.fullmatch(name)


def test_durations_are_read_from_an_encoder_s_playlist() -> None:
    assert parse_durations("#EXTM3U\n#EXTINF:6.006000,\n000.ts\n#EXTINF:1.5,\n001.ts\n") == [6.006, 1.5]
