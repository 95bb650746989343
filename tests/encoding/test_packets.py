"""The packets of a film: by the index of an MP4, and by reading it from end to end, which has to say the same."""

from fractions import Fraction
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.films import Films
from videoflix.encoding import mp4_index, packets
from videoflix.encoding.packets import Packets
from videoflix.encoding.probe import probe

B_FRAMES = ("-bf", "3", "-g", "20", "-keyint_min", "20", "-sc_threshold", "0")


async def both(films: Films, film: Path) -> tuple[Packets, Packets]:
    found = await probe(films.ffmpeg, films.ffprobe, film)
    assert found.h264 is not None
    assert mp4_index.read(film, found.h264.track or 0, None) is not None
    tracks = replace(found.h264, track=None)
    return (
        await packets.read(films.ffmpeg, film, found),
        await packets.read(films.ffmpeg, film, replace(found, h264=tracks)),
    )


@pytest.mark.parametrize("options", [B_FRAMES, (*B_FRAMES, "-movflags", "+faststart"), ("-g", "1")], ids=str)
async def test_the_index_of_an_mp4_says_what_its_packets_say(films: Films, options: tuple[str, ...]) -> None:
    indexed, read = await both(films, films.make(options=options))
    assert len(indexed.times) == 75
    assert indexed.idr == read.idr == list(range(0, 75, 1 if options[-1] == "1" else 20))
    seconds = [[float((time - of.times[0]) * of.tick) for time in of.times] for of in (indexed, read)]
    assert seconds[0] == pytest.approx(seconds[1])
    assert list(indexed.sizes) == list(read.sizes)
    assert float(indexed.delay * indexed.tick) == pytest.approx(float(read.delay * read.tick))
    assert indexed.one_format == read.one_format is True
    assert indexed.steady_audio == read.steady_audio > 100
    assert not indexed.hidden


async def test_only_idr_pictures_count_as_key_frames(films: Films) -> None:
    """Players cannot start at the others, which an MP4 lists as well."""
    opened = ("-g", "20", "-bf", "2", "-x264-params", "open-gop=1:scenecut=0:keyint=20:min-keyint=20")
    indexed, read = await both(films, films.make(options=opened))
    assert indexed.idr == read.idr == [0]


async def test_parameter_sets_that_change_are_found(films: Films, tmp_path: Path) -> None:
    for number in ("1", "4"):
        made = films.make(options=("-x264-params", f"ref={number}"))
        films.run("-i", str(made), "-c", "copy", str(tmp_path / f"{number}.ts"))
    joined, film = tmp_path / "joined.ts", tmp_path / "film.mkv"
    joined.write_bytes(b"".join((tmp_path / f"{number}.ts").read_bytes() for number in ("1", "4")))
    films.run("-i", str(joined), "-c", "copy", str(film))
    found = await probe(films.ffmpeg, films.ffprobe, film)
    assert not (await packets.read(films.ffmpeg, film, found)).one_format


async def test_a_film_that_was_cut_by_an_edit_list_is_known(films: Films, tmp_path: Path) -> None:
    film = tmp_path / "cut.mp4"
    films.run("-ss", "1.32", "-i", str(films.make(options=B_FRAMES)), "-c", "copy", str(film))
    found = await probe(films.ffmpeg, films.ffprobe, film)
    assert (await packets.read(films.ffmpeg, film, found)).hidden


async def test_fragments_have_no_index_and_are_read(films: Films) -> None:
    film = films.make(options=(*B_FRAMES, "-movflags", "+frag_keyframe+empty_moov"))
    found = await probe(films.ffmpeg, films.ffprobe, film)
    assert found.h264 is not None
    assert mp4_index.read(film, found.h264.track or 0, None) is None
    assert (await packets.read(films.ffmpeg, film, found)).idr == [0, 20, 40, 60]


async def test_a_container_that_does_not_say_when_frames_are_shown_is_known(films: Films, tmp_path: Path) -> None:
    film = tmp_path / "film.avi"
    films.run("-i", str(films.make(options=B_FRAMES)), "-c", "copy", str(film))
    found = await probe(films.ffmpeg, films.ffprobe, film)
    assert found.h264 is not None
    assert not found.h264.is_timed


def test_a_damaged_index_is_not_read(films: Films, tmp_path: Path) -> None:
    """Whatever number is wrong in it: nothing else happens, and nothing takes long."""
    whole = films.make(options=(*B_FRAMES, "-movflags", "+faststart")).read_bytes()
    begin = whole.index(b"moov") - 4
    end = begin + int.from_bytes(whole[begin : begin + 4])
    damaged = tmp_path / "damaged.mp4"
    for place in range(begin + 8, end, 3):
        damaged.write_bytes(whole[:place] + b"\xff" + whole[place + 1 :])
        mp4_index.read(damaged, 1, 2)
    for length in range(begin, end, 29):
        damaged.write_bytes(whole[:length])
        assert mp4_index.read(damaged, 1, 2) is None


def test_a_frame_of_empty_units_is_left_soon(tmp_path: Path) -> None:
    """Each of its million units has the length 0."""
    empty = tmp_path / "empty"
    empty.write_bytes(bytes(4_000_000))
    with empty.open("rb") as film:
        assert mp4_index._begins_with(film.fileno(), 0, 4_000_000, 4) == (None, set())


def test_steps_of_audio() -> None:
    track = mp4_index.Track(timescale=48_000, decode_times=[0, 1024, 2048], times=[], sizes=[])
    assert track.has_steps_of(1024)
    assert not replace(track, decode_times=[0, 1024, 2049]).has_steps_of(1024)
    assert Fraction(1024, track.timescale) == Fraction(8, 375)
