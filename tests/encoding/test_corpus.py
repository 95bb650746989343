"""Files that are broken or mean harm: each becomes what film it holds, or has a plain reason."""

import asyncio
import random
import re
import struct
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.films import Films
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.media import Media
from tests.numbered_films import H264, bars, make, numbers
from tests.programs import STATIC, SYSTEM
from videoflix.library.models import EncodeState

Make = Callable[[Films, Path], Path]
# Why it is refused, or which pictures there are in the end.
Fate = str | list[int] | Callable[[list[int]], bool]

WHOLE = list(range(200))


def _beginning(shown: list[int]) -> bool:
    """As much as there is, with a damaged picture at its end at most."""
    return 40 < len(shown) < 200 and shown[:-8] == WHOLE[: len(shown) - 8]


def _mostly(shown: list[int]) -> bool:
    """Damaged pictures may be missing or show another number; what comes before and after is there."""
    return len(shown) in range(180, 202) and shown[:40] == WHOLE[:40] and shown[-5:] == WHOLE[-5:]


def _file(content: bytes) -> Make:
    def write(films: Films, folder: Path) -> Path:
        (folder / "film").write_bytes(content)
        return folder / "film"

    return write


def _film(name: str, *options: str, **arguments: Any) -> Make:
    return lambda films, folder: make(films, folder / name, *options, **arguments)


def _changed(original: Make, change: Callable[[bytes], bytes]) -> Make:
    def write(films: Films, folder: Path) -> Path:
        film = original(films, folder)
        film.write_bytes(change(film.read_bytes()))
        return film

    return write


def _half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _half_of_the_fragments(content: bytes) -> bytes:
    """With a part of the last one's data: nobody reads a film that ends in a header."""
    return content[: content.rindex(b"mdat", 0, len(content) // 2) + 100]


def _scratched(content: bytes) -> bytes:
    """A hundred wrong bytes in the second quarter, always the same."""
    dice, damaged = random.Random(7), bytearray(content)
    for _ in range(100):
        damaged[dice.randrange(len(content) // 4, len(content) // 2)] = dice.randrange(256)
    return bytes(damaged)


def _lying_durations(seconds: int) -> Callable[[bytes], bytes]:
    """In the headers of an MP4's film and of its tracks."""

    def lie(content: bytes) -> bytes:
        told = bytearray(content)
        for box, scale, duration in ((b"mvhd", 16, 20), (b"mdhd", 16, 20), (b"tkhd", 0, 24)):
            for found in re.finditer(box, content):
                per_second = struct.unpack_from(">I", content, found.start() + scale)[0] if scale else 1000
                struct.pack_into(">I", told, found.start() + duration, min(seconds * per_second, 2**32 - 2))
        return bytes(told)

    return lie


def _lying_rate(nanoseconds: int) -> Callable[[bytes], bytes]:
    """What Matroska says how long each picture is shown."""
    return lambda content: re.sub(
        rb"\x23\xe3\x83\x84.{4}", b"\x23\xe3\x83\x84" + struct.pack(">I", nanoseconds), content, flags=re.DOTALL
    )


def _early(content: bytes) -> bytes:
    """The second picture of a Matroska is to be shown 21 seconds before the first."""
    told, at = bytearray(content), content.index(b"\x1f\x43\xb6\x75")
    block = list(re.finditer(rb"\xa3.{1,4}?\x81(..)[\x80\0]", content[at:], flags=re.DOTALL))[1]
    place = at + block.start(1)
    struct.pack_into(">h", told, place, struct.unpack_from(">h", told, place)[0] - 21_000)
    return bytes(told)


def _glued(first: str, second: str) -> Make:
    """Two broadcasts in one file, each with a clock of its own."""

    def write(films: Films, folder: Path) -> Path:
        parts = [
            make(films, folder / f"{offset}.ts", "-output_ts_offset", offset, frames=100, seconds=4)
            for offset in (first, second)
        ]
        (folder / "film.ts").write_bytes(b"".join(part.read_bytes() for part in parts))
        return folder / "film.ts"

    return write


def _streams(count: int) -> Make:
    def write(films: Films, folder: Path) -> Path:
        whole = make(films, folder / "whole.mp4", "-an", frames=200)
        maps = [word for _ in range(count) for word in ("-map", "0:v")]
        films.run("-i", str(whole), *maps, "-c", "copy", str(folder / "film.mkv"))
        return folder / "film.mkv"

    return write


def _late(films: Films, folder: Path) -> Path:
    """A broadcast whose sound is over when its picture begins."""
    inputs = ("-itsoffset", "5", "-f", "lavfi", "-i", bars("25", 200), "-f", "lavfi", "-i", "sine=duration=1")
    films.run(*inputs, *H264, str(folder / "film.ts"))
    return folder / "film.ts"


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def _borrowed(films: Films, folder: Path) -> Path:
    """An MP4 whose pictures are said to lie in another file, as an alias record tells (QuickTime, `dref`)."""
    other = make(films, folder / "other.mp4", "-an")
    path = str(other).encode()
    record = bytes(10) + b"\3Mac" + bytes(24 + 12) + b"\x09other.mp4" + bytes(54 + 16) + struct.pack(">hh", -1, -1)
    record += bytes(16) + struct.pack(">HH", 2, len(path)) + path + bytes(len(path) % 2) + b"\xff\xff\0\0"
    entry = _box(b"alis", bytes(4) + record)
    content, added = bytearray(other.read_bytes()), len(entry) - 12
    at = content.index(b"dref")
    content[at + 12 : at + 24] = entry
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):  # the index stands at the end
        place = content.index(name) - 4
        struct.pack_into(">I", content, place, struct.unpack_from(">I", content, place)[0] + added)
    data = content.index(b"mdat") + 4
    content[data : data + 8000] = bytes(8000)
    (folder / "film.mp4").write_bytes(content)
    return folder / "film.mp4"


REFERENCE = _box(
    b"moov",
    _box(b"rmra", _box(b"rmda", _box(b"rdrf", bytes(4) + b"url \0\0\0\x12" + b"file:///etc/passwd"))),
)

NO_FILMS: dict[str, tuple[Make, Fate]] = {
    "nothing": (_file(b""), "empty"),
    "zeros": (_file(bytes(100_000)), "a file of zeros"),
    "text": (_file(b"Dear editor, this is no film.\n" * 40), "This is text"),
    "HLS playlist": (
        _file(b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"),
        "This is a playlist",
    ),
    "ffconcat": (_file(b"ffconcat version 1.0\nfile /etc/passwd\n"), "This is text"),
    "session description": (
        _file(b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"),
        "This is text",
    ),
    "DASH": (_file(b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>'), "This is a playlist"),
    "QuickTime that refers to a file": (_file(_box(b"ftyp", b"qt  \0\0\0\0qt  ") + REFERENCE), "."),
    "pictures in another file": (_borrowed, "."),
    "index at the end cut off": (_changed(_film("film.mp4"), _half), "incomplete"),
    "huge picture": (
        _file(b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;"),
        "no complete frame|too large",
    ),
    "a day without pictures": (
        _film("film.mkv", "-an", "-vf", "setpts=if(gte(N\\,9)\\,PTS+80000/TB\\,PTS)", "-fps_mode", "passthrough"),
        "promise 2,000,200 pictures, but it has only 200 packets",
    ),
    "65 pictures": (_streams(65), "65 streams"),
    "sound alone": (_film("film.m4a", "-vn"), "This is an audio file"),
}
BROKEN: dict[str, tuple[Make, Fate]] = {
    "half an MP4 with its index in front": (
        _changed(_film("film.mp4", "-movflags", "+faststart"), _half), _beginning
    ),
    "half a Matroska": (_changed(_film("film.mkv"), _half), _beginning),
    "half a fragmented MP4": (
        _changed(_film("film.mp4", "-movflags", "frag_keyframe+empty_moov", "-g", "25"), _half_of_the_fragments),
        _beginning,
    ),
    "half a broadcast": (_changed(_film("film.ts"), _half), _beginning),
    "scratched MP4": (_changed(_film("film.mp4", "-g", "25"), _scratched), _mostly),
    "scratched Matroska": (_changed(_film("film.mkv", "-g", "25"), _scratched), lambda shown: len(shown) > 50),
    "scratched broadcast": (_changed(_film("film.ts", "-g", "25"), _scratched), _mostly),
}  # fmt: skip
LIARS: dict[str, tuple[Make, Fate]] = {
    "ten hours": (_changed(_film("film.mp4"), _lying_durations(36_000)), WHOLE),
    "no length": (_changed(_film("film.mp4"), _lying_durations(0)), WHOLE),
    "1000 pictures a second": (
        _changed(_film("film.mkv"), _lying_rate(1_000_000)),
        lambda shown: sorted(set(shown)) in (WHOLE, WHOLE[:-1]),  # in ffmpeg 5 the last is over before it is shown
    ),
    "a picture in four seconds": (
        _changed(_film("film.mkv"), _lying_rate(4_000_000_000)),
        lambda shown: sorted(set(shown)) == WHOLE,
    ),
    "a picture long before the first": (
        _changed(_film("film.mkv", "-output_ts_offset", "30"), _early),
        lambda shown: len(shown) == 200 and len(set(shown)) >= 199,
    ),
    "a clock that jumps ahead": (_glued("0", "5000"), [*range(100)] * 2),
    "a clock that jumps back": (_glued("5000", "0"), [*range(100)] * 2),
    "a clock that runs over": (_film("film.ts", "-output_ts_offset", "95440"), WHOLE),
}
ODD: dict[str, tuple[Make, Fate]] = {
    "a single picture": (_film("film.mp4", "-an", frames=1), [0]),
    "a single picture with sound": (_film("film.mkv", frames=1, seconds=3), [0] * 75),
    "a single picture with hardly any sound": (
        _film(
            "film.flv", video=("-c:v", "flv1"), audio=("-c:a", "libmp3lame", "-ar", "44100"), frames=1, seconds=0.02
        ),
        [0],
    ),
    "sound that is over before the picture": (_late, WHOLE),
    "a picture a second": (_film("film.mp4", rate="1", frames=20, seconds=20), list(range(20))),
    "slides in a broadcast": (
        _film("film.ts", rate="1/15", frames=4, seconds=60),
        lambda shown: sorted(set(shown)) == [0, 1, 2, 3] and len(shown) in (60, 61),
    ),
    "slides in a container without durations": (
        # by default, ffmpeg now and then writes audio that is 10 s late, which this muxer refuses
        _film(
            "film.flv",
            *("-max_interleave_delta", "0"),
            video=("-c:v", "flv1"),
            audio=("-c:a", "libmp3lame", "-ar", "44100"),
            rate="1/12",
            frames=4,
            seconds=48,
        ),
        lambda shown: sorted(set(shown)) == [0, 1, 2, 3] and len(shown) in (48, 49),
    ),
    "20 pictures": (_streams(20), WHOLE),
    "long sound after the picture": (_film("film.mp4", frames=60, seconds=25), [*range(60), *[59] * 565]),
    "long picture after the sound": (_film("film.mkv", frames=300, seconds=2), list(range(300))),
    "a picture of 2×2": (_film("film.mkv", "-an", "-vf", "scale=2:2", video=H264), lambda shown: len(shown) == 200),
}


# For other ffmpegs than that of the tests: what has to do with how they read.
SOME = {
    name: kind[name]
    for kind, name in (
        (NO_FILMS, "index at the end cut off"),
        (BROKEN, "half a Matroska"),
        (BROKEN, "scratched broadcast"),
        (LIARS, "ten hours"),
        (LIARS, "a clock that jumps ahead"),
        (ODD, "a single picture with sound"),
        (ODD, "sound that is over before the picture"),
    )
}


@pytest.mark.parametrize(
    ("ffmpeg", "kind"),
    [(None, NO_FILMS), (None, BROKEN), (None, LIARS), (None, ODD), (SYSTEM, SOME), (STATIC, SOME)],
    ids=["no films", "broken", "liars", "odd", SYSTEM, STATIC],
    indirect=["ffmpeg"],
)
async def test_every_file_becomes_what_film_it_holds_or_has_a_plain_reason(
    films: Films,
    storage: Media,
    worker: None,
    bring: Bring,
    wait: Wait,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: dict[str, tuple[Make, Fate]],
) -> None:
    monkeypatch.setattr("videoflix.encoding.jobs.RETRY_AFTER", (timedelta(0), timedelta(0)))
    video_ids = {}
    for name, (build, _) in kind.items():
        folder = tmp_path / name
        folder.mkdir()
        video_ids[name] = await bring(build(films, folder))
    ended = dict(zip(kind, await asyncio.gather(*map(wait, video_ids.values())), strict=True))

    for name, (_, fate) in kind.items():
        progress, reason = ended[name], ended[name].error or ""
        if isinstance(fate, str):
            assert progress.state is EncodeState.FAILED, name
            assert re.search(fate, reason), f"{name}: {reason}"
            assert not re.search(r"file:|passwd|0x[0-9a-f]{4}|root:|/\w+/", reason), f"{name}: {reason}"
            assert storage.labels(video_ids[name], 1) == (), name
            continue
        assert progress.state is EncodeState.READY, f"{name}: {reason}"
        rendition = storage.rendition(video_ids[name], 1, 480)
        (tmp_path / name / "whole.ts").write_bytes(
            b"".join(file.read_bytes() for file in sorted(rendition.iterdir()))
        )
        shown = numbers(films, tmp_path / name / "whole.ts")
        assert fate(shown) if callable(fate) else shown == fate, f"{name}: {len(shown)} {shown[:60]} … {shown[-30:]}"
    async with asyncio.timeout(60):  # thumbnails may be under way
        while list((storage.root / "staging").iterdir()):
            await asyncio.sleep(0.05)
