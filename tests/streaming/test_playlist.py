"""HLS playlists as text."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.playlists import durations
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.models import Segment
from videoflix.library.models import CaptionKind, Track
from videoflix.storage.names import AUDIO_SEGMENT, SEGMENT, audio_segment_name, segment_name, segment_number
from videoflix.streaming.models import Variant
from videoflix.streaming.playlist import audio, captions, in_folder, master, media


def test_a_media_playlist_lists_segments_with_the_version() -> None:
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


def test_segments_of_a_playlist_can_be_in_a_folder_elsewhere() -> None:
    for whole in (
        media([Segment(0, 6.006, 10), Segment(1000, 2.5, 10)], 3, is_complete=False),
        audio(2, CURRENT, Fraction(25), 9.0, 3),
    ):
        moved = in_folder(whole.encode(), "https://cdn.example/\\1/").decode().splitlines()
        for before, after in zip(whole.splitlines(), moved, strict=True):
            is_segment = not before.startswith("#")
            assert after == ("https://cdn.example/\\1/" + before.removesuffix("?v=3") if is_segment else before)


def test_the_playlist_of_an_unfinished_film_starts_at_zero_and_has_no_end() -> None:
    text = media([Segment(0, 6.0, 10)], 3, is_complete=False)
    assert "#EXT-X-PLAYLIST-TYPE:EVENT\n" in text
    assert "#EXT-X-START:TIME-OFFSET=0,PRECISE=YES\n" in text
    assert "ENDLIST" not in text


def test_the_target_duration_is_the_longest_segment_rounded() -> None:
    assert "#EXT-X-TARGETDURATION:7\n" in media([Segment(0, 6.5, 1)], 1, is_complete=True)


RENDITION = Variant(
    label=480,
    width=854,
    height=480,
    frame_rate=Fraction(30000, 1001),
    codecs="avc1.64001f,mp4a.40.2",
    bandwidth=900_000,
    average_bandwidth=700_000,
)


def _media(*tracks: Track, kind: str = "SUBTITLES") -> list[str]:
    audio, captions = (tracks, ()) if kind == "AUDIO" else ((), tracks)
    return [line for line in master([RENDITION], audio, captions).splitlines() if line.startswith("#EXT-X-MEDIA:")]


def test_the_master_lists_additional_audio_tracks_beside_the_muxed_one() -> None:
    tracks = [
        Track(number=0, language=None, name="Original", segments=3),
        Track(number=1, language="fr", name="Français", segments=3),
        Track(number=4, language="fr", name="Français", segments=3),
    ]
    assert _media(*tracks, kind="AUDIO") == [
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Original",DEFAULT=YES,AUTOSELECT=YES',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Français",LANGUAGE="fr",DEFAULT=NO,AUTOSELECT=YES,'
        'URI="audio/1/index.m3u8"',
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Français 2",LANGUAGE="fr",DEFAULT=NO,AUTOSELECT=NO,'
        'URI="audio/4/index.m3u8"',
    ]
    variant = master([RENDITION], tracks).splitlines()[-2]
    assert variant.endswith('CODECS="avc1.64001f,mp4a.40.2",AUDIO="audio"')
    assert "BANDWIDTH=1050000,AVERAGE-BANDWIDTH=850000," in variant  # that of the video plus that of the track
    assert master([RENDITION], tracks[:1]) == master([RENDITION])


def test_the_master_lists_captions() -> None:
    tracks = [Track(number=7, language="de", name="Deutsch"), Track(number=9, language="und", name="Subtitles")]
    assert _media(*tracks) == [
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="Deutsch",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=YES,'
        'URI="captions/7/index.m3u8"',
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="Subtitles",DEFAULT=NO,AUTOSELECT=NO,'
        'URI="captions/9/index.m3u8"',
    ]
    variant = master([RENDITION], (), tracks).splitlines()[-2]
    assert variant.endswith(',SUBTITLES="captions"')
    assert "AUDIO=" not in variant
    assert "BANDWIDTH=900000," in variant


def test_full_forced_and_sdh_captions_of_a_language_are_listed_together() -> None:
    kinds = (CaptionKind.FORCED, CaptionKind.FULL, CaptionKind.SDH, CaptionKind.FULL, CaptionKind.FORCED)
    tracks = [Track(number=number, language="de", kind=kind, name=kind) for number, kind in enumerate(kinds, 1)]
    start = '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",'
    characteristics = "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"
    assert [line.removeprefix(start) for line in _media(*tracks)] == [
        'NAME="full",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=YES,URI="captions/2/index.m3u8"',
        'NAME="sdh",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=YES,'
        f'CHARACTERISTICS="{characteristics}",URI="captions/3/index.m3u8"',
        'NAME="full 2",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=NO,URI="captions/4/index.m3u8"',
        'NAME="forced",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=YES,FORCED=YES,URI="captions/1/index.m3u8"',
        'NAME="forced 2",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=NO,FORCED=YES,URI="captions/5/index.m3u8"',
    ]


@given(
    st.lists(
        st.text(max_size=20) | st.sampled_from(['A"', "A”", "A", "A 2", 'x",URI="//evil"\n#EXTINF:']), max_size=9
    )
)
def test_names_are_unique_and_cannot_break_out_of_their_quotes(names: list[str]) -> None:
    lines = _media(*(Track(number=1, language="de", name=name) for name in names))
    assert len(lines) == len(names)
    found = [
        re.fullmatch(r'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="([^"]*)",LANGUAGE="de",.*', line)
        for line in lines
    ]
    listed = [one[1] for one in found if one]
    assert len(listed) == len(set(listed)) == len(names)


def test_audio_segments_are_contiguous_and_end_with_the_film() -> None:
    text = audio(3, CURRENT, Fraction(25), 13.0, 2)
    assert "000.aac?v=2\n" in text
    assert "#EXT-X-PLAYLIST-TYPE:VOD\n" in text
    assert text.endswith("002.aac?v=2\n#EXT-X-ENDLIST\n")
    lengths = durations(text)
    packets = [length * 48000 / 1024 for length in lengths[:-1]]
    assert packets == pytest.approx([282, 281], abs=1e-3)  # whole packets
    assert sum(lengths) == pytest.approx(13)


def test_audio_segments_beyond_the_end_of_the_film_are_not_listed() -> None:
    assert len(durations(audio(5, CURRENT, Fraction(25), 13.0, 2))) == 3


def test_captions_are_one_segment_as_long_as_the_film() -> None:
    text = captions(7, 5400.4)
    assert "#EXT-X-TARGETDURATION:5400\n" in text
    assert text.endswith("#EXTINF:5400.400000,\n../7.vtt\n#EXT-X-ENDLIST\n")


def test_the_master_lists_the_attributes_that_players_select_by() -> None:
    assert master([RENDITION]).splitlines()[3:] == [
        "#EXT-X-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=700000,RESOLUTION=854x480,"
        'FRAME-RATE=29.970,CODECS="avc1.64001f,mp4a.40.2"',
        "480p/index.m3u8",
    ]


@pytest.mark.parametrize("name", ["000.ts", "999.ts", "1000.ts", "12345.ts"])
def test_valid_segment_names(name: str) -> None:
    assert SEGMENT.fullmatch(name)
    assert segment_name(segment_number(name)) == name
    assert AUDIO_SEGMENT.fullmatch(name[:-3] + ".aac")
    assert audio_segment_name(int(name[:-3])) == name[:-3] + ".aac"


@pytest.mark.parametrize(
    "name",
    ["0.ts", "00.ts", "0000.ts", "0999.ts", "000.mp4", "000.ts\n", "../000.ts", "٠٠٠.ts", "000ts", "-01.ts", ""],
)
def test_invalid_segment_names(name: str) -> None:
    assert not SEGMENT.fullmatch(name)
    assert not AUDIO_SEGMENT.fullmatch(name.replace(".ts", ".aac"))


def test_durations_are_read_from_the_playlist_of_an_encoder() -> None:
    assert durations("#EXTM3U\n#EXTINF:6.006000,\n000.ts\n#EXTINF:1.5,\n001.ts\n") == [6.006, 1.5]
