"""Films whose frames show their number and whose audio has a tone at every second, and a reader for them."""

import subprocess
from array import array
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.films import Films

BITS = 16
CLOCK = 90_000
# The first timestamp of every published film.
BEGIN = 10 * CLOCK
H264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", "3")
# Sixteen bars, white for the binary digits of the frame number that are one. They survive any codec and size.
BARS = "geq=lum=if(gt(bitand(N\\,pow(2\\,X))\\,0)\\,235\\,16):cb=128:cr=128"
# A short tone around every whole second, loudest in its middle. `{at}` is the time of the first second.
BEAT = "(mod(t-{at}+0.5\\,1)-0.5)"
PULSE = f"0.8*exp(-pow({BEAT}*300\\,2))*cos(2*PI*900*{BEAT})*between(t\\,{{at}}-0.4\\,{{end}}-0.6)"


class DecodedFilm(Struct, frozen=True):
    """A decoded rendition, in presentation order.

    `numbers` are the frame numbers; `video_times`, `keys` and `audio_times` are the times of video frames, key frames
    and audio packets, in units of 1/CLOCK s; `pulses` are the middles of the tones in samples after the first frame;
    `decoder_errors` is the error output of the decoder.
    """

    numbers: list[int]
    video_times: list[int]
    keys: list[int]
    audio_times: list[int]
    pulses: list[int]
    streams: list[dict[str, Any]]
    decoder_errors: str


def bars(rate: str, frames: int, size: str = "160x90") -> str:
    """A video source for ffmpeg with this number of frames."""
    scale = f"scale={size.replace('x', ':')}:flags=neighbor"
    return f"nullsrc=size={BITS}x9:rate={rate},trim=end_frame={frames},{BARS},{scale}"


def pulses(sample_rate: int, seconds: float, at: float = 0.0) -> str:
    """An audio source for ffmpeg. The last tone is at least a second before the end."""
    return f"aevalsrc={PULSE.format(at=at, end=seconds)}:s={sample_rate}:d={seconds}"


def make(
    films: Films,
    target: Path,
    *options: str,
    rate: str = "25",
    frames: int = 200,
    size: str = "160x90",
    samples: int = 48_000,
    seconds: float = 8,
    video: tuple[str, ...] = H264,
    audio: tuple[str, ...] = ("-c:a", "aac"),
) -> Path:
    """Make a film with `frames` video frames and `seconds` of audio. `options` are output options of ffmpeg."""
    inputs = ("-f", "lavfi", "-i", bars(rate, frames, size), "-f", "lavfi", "-i", pulses(samples, seconds))
    films.run(*inputs, *video, *audio, *options, str(target))
    return target


def numbers(films: Films, source: Path) -> list[int]:
    """The frame numbers of a film in presentation order."""
    # a transport stream of a single picture is too short to be recognised
    kind = ("-f", "mpegts") if source.suffix == ".ts" else ()
    return _numbers(films.run(*kind, "-i", str(source), "-map", "0:v:0", *_NUMBERS, "pipe:1"))


_NUMBERS = ("-fps_mode", "passthrough", "-vf", f"scale={BITS}:1:flags=area,format=gray", "-f", "rawvideo")


def _numbers(content: bytes) -> list[int]:
    rows = [content[at : at + BITS] for at in range(0, len(content), BITS)]
    return [sum((level > 125) << bit for bit, level in enumerate(row)) for row in rows]


def read(films: Films, folder: Path, tmp_path: Path) -> DecodedFilm:
    """Decode all segments of a rendition in one run."""
    film, shown, heard = (tmp_path / name for name in ("whole.ts", "shown", "heard"))
    with film.open("wb") as whole:
        for segment in sorted(folder.glob("*.ts"), key=lambda file: int(file.stem)):
            whole.write(segment.read_bytes())
    report = films.probe(str(film), "-show_packets", "-show_streams")
    packets: list[list[tuple[int, bool]]] = [[], []]
    for packet in report["packets"]:
        packets[packet["codec_type"] == "audio"].append((int(packet["pts"]), "K" in packet["flags"]))
    video, audio = (sorted(of_stream) for of_stream in packets)
    arguments = [
        films.ffmpeg,
        "-nostdin",
        "-v",
        "warning",
        "-y",
        "-i",
        str(film),
        "-map",
        "0:v",
        *_NUMBERS,
        str(shown),
    ]
    if audio:
        arguments += ["-map", "0:a", "-ac", "1", "-f", "s16le", str(heard)]
    done = subprocess.run(arguments, capture_output=True, check=True)
    begin = round((video[0][0] - audio[0][0]) * Fraction(48_000, CLOCK)) if audio else 0
    return DecodedFilm(
        numbers=_numbers(shown.read_bytes()),
        video_times=[time for time, _ in video],
        keys=[time for time, is_key in video if is_key],
        audio_times=[time for time, _ in audio],
        pulses=_pulses(heard.read_bytes(), begin) if audio else [],
        streams=report["streams"],
        decoder_errors=done.stderr.decode(),
    )


def _pulses(content: bytes, begin: int) -> list[int]:
    """The loudest sample of every tone, counted from `begin`. The tone at the very start is left out, as the first
    AAC packet is audible in part only without the encoder delay."""
    samples = array("h", content)
    found: list[int] = []
    at = begin + 4800
    while at < len(samples):
        if abs(samples[at]) > 6000:
            around = range(at, min(len(samples), at + 1200))
            found.append(max(around, key=lambda place: samples[place]) - begin)
            at += 4800
        at += 1
    return found


def steps(times: list[int]) -> tuple[int, int]:
    """The shortest and the longest interval between consecutive times."""
    intervals = [later - earlier for earlier, later in pairwise(times)]
    return min(intervals), max(intervals)
