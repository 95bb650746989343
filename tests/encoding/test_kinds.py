"""Sound and pictures of all kinds come out as what every player takes."""

import asyncio
import struct
from fractions import Fraction
from pathlib import Path

import pytest

from tests.films import Films
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.media import Media
from tests.numbered_films import BEGIN, H264, DecodedFilm, make, read, steps
from videoflix.library.models import EncodeState

PACKETS = -(-8 * 48_000 // 1024)


async def _publish(
    films: Films, storage: Media, bring: Bring, wait: Wait, sources: list[Path], tmp_path: Path
) -> list[DecodedFilm]:
    """All of them at once."""
    video_ids = [await bring(source) for source in sources]
    for source, progress in zip(sources, await asyncio.gather(*map(wait, video_ids)), strict=True):
        assert progress.state is EncodeState.READY, f"{source.name}: {progress.error}"
    published = [read(films, storage.rendition(video_id, 1, 480), tmp_path) for video_id in video_ids]
    for source, film in zip(sources, published, strict=True):
        assert film.decoder_errors == "", source.name
        assert film.video_times[0] == BEGIN, source.name
    return published


async def test_sound_of_any_shape_becomes_stereo_without_losing_its_place(
    films: Films, storage: Media, worker: None, bring: Bring, wait: Wait, tmp_path: Path
) -> None:
    def shape(name: str, samples: int, *audio: str) -> Path:
        return make(films, tmp_path / name, samples=samples, audio=audio)

    sources = [
        shape("mono.mp4", 44_100, "-c:a", "aac", "-ac", "1"),
        shape("surround.mkv", 48_000, "-c:a", "ac3", "-ac", "6"),
        shape("8k.mov", 8_000, "-c:a", "pcm_s16le"),
        shape("22k.mkv", 22_050, "-c:a", "libmp3lame"),
        shape("96k.mkv", 96_000, "-c:a", "flac"),
    ]
    for source, film in zip(sources, await _publish(films, storage, bring, wait, sources, tmp_path), strict=True):
        sound = film.streams[1]
        assert (sound["channels"], sound["sample_rate"], sound["profile"]) == (2, "48000", "LC"), source.name
        assert (len(film.audio_times), steps(film.audio_times)) == (PACKETS, (1920, 1920)), source.name
        assert film.numbers == list(range(200)), source.name
        # an MP3 in Matroska tells its delay to the millisecond only
        assert max(abs(pulse - 48_000 * second) for second, pulse in enumerate(film.pulses, 1)) <= 60, source.name
        assert len(film.pulses) == 7, source.name


async def test_a_film_without_sound(
    films: Films, storage: Media, worker: None, bring: Bring, wait: Wait, tmp_path: Path
) -> None:
    (film,) = await _publish(films, storage, bring, wait, [make(films, tmp_path / "silent.mp4", "-an")], tmp_path)
    assert film.numbers == list(range(200))
    assert film.audio_times == []


async def test_sound_that_begins_or_ends_elsewhere_than_the_picture(
    films: Films, storage: Media, worker: None, bring: Bring, wait: Wait, tmp_path: Path
) -> None:
    whole = str(make(films, tmp_path / "whole.mp4"))

    def shifted(name: str, picture: str, sound: str) -> Path:
        inputs = ("-itsoffset", picture, "-i", whole, "-itsoffset", sound, "-i", whole)
        films.run(*inputs, "-map", "0:v", "-map", "1:a", "-c", "copy", str(tmp_path / name))
        return tmp_path / name

    sources = [
        shifted("late sound.mp4", "0", "0.6"),
        shifted("late sound.mkv", "0", "0.6"),
        shifted("late sound.ts", "0", "0.6"),
        shifted("early sound.mp4", "0.6", "0"),
        shifted("early sound.mkv", "0.6", "0"),
        shifted("early sound.ts", "0.6", "0"),
        make(films, tmp_path / "short sound.mp4", seconds=4),
    ]
    published = await _publish(films, storage, bring, wait, sources, tmp_path)
    for source, film in zip(sources, published, strict=True):
        is_late = source.name.startswith("late")  # the last picture stands until it is over
        assert film.numbers == [*range(200), *[199] * 15 * is_late], source.name
        # ffmpeg 5 ends audio that is encoded together with the video a little later
        assert len(film.audio_times) - 28 * is_late in range(PACKETS - 2, PACKETS + 6), source.name
        assert steps(film.audio_times) == (1920, 1920), source.name
    late, early, short = 28_800, 19_200, 0
    for source, film, begin in zip(sources, published, [late] * 3 + [early] * 3 + [short], strict=True):
        shift = [(pulse - begin + 24_000) % 48_000 - 24_000 for pulse in film.pulses]
        assert max(map(abs, shift)) <= 1100, source.name  # a packet: AAC that was copied carries its lead-in
    assert len(published[6].pulses) == 3


async def test_the_last_picture_stands_until_the_sound_is_over(
    films: Films, storage: Media, worker: None, bring: Bring, wait: Wait, tmp_path: Path
) -> None:
    """Over several units where the film is encoded in units."""
    mpeg4, mp3 = ("-c:v", "mpeg4"), ("-c:a", "libmp3lame")

    def kind(name: str, frames: int, *options: str, video: tuple[str, ...] = H264) -> Path:
        audio = mp3 if name.endswith(("avi", "flv")) else ("-c:a", "aac")
        return make(films, tmp_path / name, *options, frames=frames, seconds=26, video=video, audio=audio)

    attached = ("-disposition:v", "attached_pic")
    sources = [
        (kind("long sound.mp4", 50), [*range(50), *[49] * 600]),
        (kind("long sound.mkv", 50), [*range(50), *[49] * 600]),
        (kind("long sound.ts", 50), [*range(50), *[49] * 600]),
        (kind("long sound.avi", 50, video=mpeg4), [*range(50), *[49] * 600]),
        (kind("long sound.flv", 50), [*range(50), *[49] * 600]),
        (kind("one picture.mkv", 1), [0] * 650),
        (kind("one picture.avi", 1, video=mpeg4), [0] * 650),
        (kind("cover.m4a", 1, *attached, video=("-c:v", "mjpeg", "-strict", "unofficial")), [0] * 650),
    ]
    published = await _publish(films, storage, bring, wait, [source for source, _ in sources], tmp_path)
    for (source, numbers), film in zip(sources, published, strict=True):
        assert film.numbers[: len(numbers)] == numbers, source.name
        assert film.numbers[len(numbers) :] in ([], numbers[-1:]), source.name  # the last packet of sound is longer
        assert len(film.pulses) == 25, source.name
        assert steps(film.audio_times) == (1920, 1920), source.name


async def test_a_film_is_heard_from_the_first_track_that_can_be_read(
    films: Films, storage: Media, worker: None, bring: Bring, wait: Wait, tmp_path: Path
) -> None:
    whole, loop = make(films, tmp_path / "whole.mp4"), ("-f", "lavfi", "-i", "sine=sample_rate=48000:duration=8")

    def second(name: str, *first: str, at: bytes = b"", damage: bytes = b"") -> Path:
        film = tmp_path / name
        inputs = (*loop, "-i", str(whole), "-map", "1:v", "-map", "0:a", "-map", "1:a", "-c:v", "copy")
        films.run(*inputs, "-c:a:1", "aac", "-c:a:0", *first, str(film))
        content = film.read_bytes()
        place = content.index(at) + len(at)
        film.write_bytes(content[:place] + damage + content[place + len(damage) :] if at else content)
        return film

    sources = [
        second("damaged header.mkv", "flac", at=b"fLaC", damage=b"\x80\0\0\x22" + bytes(34)),
        second("no packets.ts", "mp2", "-bsf:a:0", "noise=drop=1"),
        second("undecodable.mp4", "ac3", "-bsf:a:0", "noise=amount=1"),
    ]
    for source, film in zip(sources, await _publish(films, storage, bring, wait, sources, tmp_path), strict=True):
        assert film.numbers == list(range(200)), source.name
        assert len(film.pulses) == 7, source.name
        assert steps(film.audio_times) == (1920, 1920), source.name


async def test_the_default_track_goes_with_the_picture(
    films: Films, storage: Media, worker: None, bring: Bring, wait: Wait, tmp_path: Path
) -> None:
    source = tmp_path / "tracks.mkv"
    films.run(
        *("-i", str(make(films, tmp_path / "whole.mp4")), "-f", "lavfi", "-i", "anullsrc=d=8"),
        *("-map", "0:v", "-map", "1:a", "-map", "0:a", "-c:v", "copy", "-c:a", "aac"),
        *("-disposition:a:0", "0", "-disposition:a:1", "default", str(source)),
    )
    (film,) = await _publish(films, storage, bring, wait, [source], tmp_path)
    assert len(film.pulses) == 7
    assert [stream["codec_type"] for stream in film.streams] == ["video", "audio"]


async def test_pictures_of_any_kind_are_all_there_and_in_their_place(
    films: Films, storage: Media, worker: None, bring: Bring, wait: Wait, tmp_path: Path
) -> None:
    x264, realtime = ("-c:v", "libx264", "-preset", "veryfast"), ("-deadline", "realtime", "-cpu-used", "8")
    interlaced = (*x264, "-flags", "+ilme+ildct", "-pix_fmt", "yuv420p")

    def kind(name: str, video: tuple[str, ...], *options: str, size: str = "160x90") -> Path:
        audio = ("-c:a", "libopus") if name.endswith("webm") else ("-c:a", "aac")
        return make(films, tmp_path / name, *options, video=video, size=size, audio=audio)

    sources = [
        kind("high10.mp4", (*x264, "-pix_fmt", "yuv420p10le")),
        kind("444.mkv", (*x264, "-pix_fmt", "yuv444p")),
        kind("main10.mkv", ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"),
             "-pix_fmt", "yuv420p10le"),
        kind("alpha.webm", ("-c:v", "libvpx-vp9", *realtime, "-pix_fmt", "yuva420p")),
        kind("alpha.mov", ("-c:v", "qtrle", "-pix_fmt", "argb")),
        kind("prores.mov", ("-c:v", "prores_ks")),
        kind("odd.mkv", (*x264, "-pix_fmt", "yuv444p"), size="161x91"),
        kind("top first.mp4", (*interlaced, "-x264-params", "tff=1"), "-vf", "setfield=tff", size="160x96"),
        kind("bottom first.mkv", (*interlaced, "-x264-params", "bff=1"), "-vf", "setfield=bff", size="160x96"),
    ]  # fmt: skip
    for source, film in zip(sources, await _publish(films, storage, bring, wait, sources, tmp_path), strict=True):
        picture = film.streams[0]
        assert film.numbers == list(range(200)), source.name
        assert steps(film.video_times) == (3600, 3600), source.name
        assert (picture["pix_fmt"], picture["width"] % 2, picture["height"] % 2) == ("yuv420p", 0, 0), source.name
        assert picture["field_order"] == "progressive", source.name
        assert len(film.pulses) == 7, source.name


@pytest.mark.parametrize(("suffix", "rate", "exact"), [("mp4", "120", True), ("mkv", "100", False)])
async def test_more_than_60_pictures_in_a_second_are_too_many(
    films: Films,
    storage: Media,
    worker: None,
    bring: Bring,
    wait: Wait,
    tmp_path: Path,
    suffix: str,
    rate: str,
    exact: bool,
) -> None:
    source = make(films, tmp_path / f"film.{suffix}", rate=rate, frames=8 * int(rate))
    (film,) = await _publish(films, storage, bring, wait, [source], tmp_path)
    assert len(film.numbers) == 480
    ahead = [shown - place * Fraction(rate) / 60 for place, shown in enumerate(film.numbers)]
    assert max(map(abs, ahead)) <= (0 if exact else 1)
    assert steps(film.video_times) == (1500, 1500)


# The first two rows of the matrix of a track (ISO/IEC 14496-12, 6.2.2) that is turned by 90, 180 and 270 degrees
# counterclockwise, without their third column.
TURNS = ((0, -1, 1, 0), (-1, 0, 0, -1), (0, 1, -1, 0))


def _turned(film: bytes, turn: tuple[int, int, int, int]) -> bytes:
    """An MP4 of one track with another matrix: not every ffmpeg can write one."""
    a, b, c, d = (part << 16 for part in turn)
    begin = film.index(b"tkhd") + 44
    matrix = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    return film[:begin] + matrix + film[begin + len(matrix) :]


async def test_turned_pictures_stand_upright_and_pixels_are_square(
    films: Films, storage: Media, worker: None, bring: Bring, wait: Wait, tmp_path: Path
) -> None:
    """A picture that is black but for its upper left corner."""
    corner = "color=black:size=160x96:rate=25:duration=1,drawbox=w=80:h=48:color=white:t=fill"
    plain, wide = tmp_path / "plain.mp4", tmp_path / "wide.mp4"
    films.run("-f", "lavfi", "-i", corner, *H264, str(plain))
    films.run("-f", "lavfi", "-i", f"{corner},setsar=2", *H264, str(wide))
    turned = [tmp_path / f"turned-{number}.mp4" for number in range(len(TURNS))]
    for turn, target in zip(TURNS, turned, strict=True):
        target.write_bytes(_turned(plain.read_bytes(), turn))
    sources = [plain, wide, *turned]
    video_ids = [await bring(source) for source in sources]
    for progress in await asyncio.gather(*map(wait, video_ids)):
        assert progress.state is EncodeState.READY
    seen = []
    for video_id in video_ids:
        segment = str(storage.rendition(video_id, 1, 480) / "000.ts")
        (stream,) = films.probe(segment, "-show_streams")["streams"]
        pixels = films.run(
            "-i", segment, "-frames:v", "1", "-vf", "scale=2:2:flags=area,format=gray", "-f", "rawvideo", "pipe:1"
        )
        seen.append((stream["width"], stream["height"], stream["sample_aspect_ratio"], pixels.index(max(pixels))))
    assert seen == [
        *((160, 96, "1:1", 0), (320, 96, "1:1", 0)),
        *((96, 160, "1:1", 2), (160, 96, "1:1", 3), (96, 160, "1:1", 1)),
    ]
