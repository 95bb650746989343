"""What becomes of a film's sound: as loud as it was, in its place, and never longer than the film."""

import asyncio
from array import array
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.default_encode import LABELS, X264
from tests.films import Films
from tests.numbered_films import make
from videoflix.encoding import audio_encode, video_encode
from videoflix.encoding.capabilities import capabilities_of
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.ladder import ladder
from videoflix.encoding.models import EncodePlan
from videoflix.encoding.probe import probe
from videoflix.encoding.process import capture, follow
from videoflix.encoding.units import plan_units

RATE = 48_000


async def _sound(films: Films, source: Path, *, loopback: bool | None = None) -> "array[int]":
    """The first channel of a film's first audio track, as it comes out."""
    found, able = await probe(films.ffmpeg, films.ffprobe, source), await capabilities_of(films.ffmpeg)
    if loopback is not None:
        if loopback > able.loopback:
            pytest.skip("this ffmpeg cannot decode what it encodes")
        able = replace(able, loopback=loopback)
    made = source.with_suffix(".aac")
    made.write_bytes(
        await capture(
            audio_encode.audio_track(films.ffmpeg, source, found, found.audio_tracks[0], CURRENT, able), seconds=30
        )
    )
    return array("h", films.run("-i", str(made), "-af", "pan=mono|c0=c0", "-f", "s16le", "pipe:1"))


@pytest.mark.parametrize("loopback", [True, False])
async def test_mono_is_as_loud_as_it_was(films: Films, tmp_path: Path, loopback: bool) -> None:
    film = tmp_path / "mono.mov"
    tone = ("-f", "lavfi", "-i", f"aevalsrc=0.5*sin(2*PI*440*t):sample_rate={RATE}:duration=2")
    films.run("-i", str(films.make(audio=False, seconds=2)), *tone, "-c:v", "copy", "-c:a", "pcm_s16le", str(film))
    heard = await _sound(films, film, loopback=loopback)
    assert max(heard[RATE // 2 : RATE]) == pytest.approx(0.5 * 32768, rel=0.05)


@pytest.mark.parametrize(
    ("name", "audio"),
    [
        ("aac.mp4", ("-c:a", "aac", "-bsf:a", "noise=drop='between(n,94,97)'")),
        ("aac.mkv", ("-c:a", "aac", "-bsf:a", "noise=drop='eq(n,94)+eq(n,120)+eq(n,140)'")),
        ("mp3.mkv", ("-c:a", "libmp3lame", "-bsf:a", "noise=drop='between(n,94,96)'")),
        ("opus.mkv", ("-c:a", "libopus", "-bsf:a", "noise=drop='between(n,94,97)'")),
    ],
)
async def test_what_follows_lost_packets_stays_in_its_place(
    films: Films, tmp_path: Path, name: str, audio: tuple[str, ...]
) -> None:
    heard = await _sound(films, make(films, tmp_path / name, audio=audio))
    lead_in = 1024
    for second in (1, 4, 5, 6):
        around = range(lead_in + second * RATE - 9600, lead_in + second * RATE + 9600)
        assert max(around, key=lambda place: heard[place]) == pytest.approx(lead_in + second * RATE, abs=960), second


@pytest.mark.parametrize("name", ["film.mp4", "film.ts", "film.avi", "film.flv"])
async def test_sound_that_is_over_before_the_picture_begins_leaves_silence(
    films: Films, tmp_path: Path, name: str
) -> None:
    film = tmp_path / name
    inputs = ("-f", "lavfi", "-i", "sine=duration=1:sample_rate=44100", "-itsoffset", "2")
    picture = ("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=3")
    codecs = ("-c:v", "flv1" if name.endswith("flv") else "mpeg4", "-c:a", "libmp3lame")
    films.run(*inputs, *picture, *codecs, "-fps_mode", "passthrough", str(film))
    found = await probe(films.ffmpeg, films.ffprobe, film)
    if found.frames:
        assert len(await _sound(films, film)) == pytest.approx(3 * RATE, abs=2048)
        return
    (rendition,) = ladder(found.width, found.height, LABELS)
    (tmp_path / rendition.name).mkdir()
    (whole,) = plan_units(None, found.frame_rate, CURRENT)
    plan = EncodePlan(found, (rendition,), CURRENT)
    async with asyncio.timeout(30):
        arguments = video_encode.encode(
            films.ffmpeg, film, plan, whole, capabilities=await capabilities_of(films.ffmpeg), encoder=X264, cores=1
        )
        await follow(arguments, folder=tmp_path)
    segment = tmp_path / rendition.name / "000.ts"
    end = films.times(segment)[-1] + 0.04
    assert films.times(segment, "a:0")[-1] == pytest.approx(end, abs=0.05)
