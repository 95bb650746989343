"""The whole ladder of a film by a worker, beside plain ffmpeg: a run per rung, and one run with three outputs."""

import re
from pathlib import Path
from time import perf_counter

from msgspec import Struct

from bench.kitchen import Kitchen, kitchen, make_film, timed
from bench.result import Result
from videoflix.encoding import command
from videoflix.encoding.ladder import MAX_KBITS, ladder
from videoflix.encoding.models import Rung
from videoflix.encoding.process import capture

FILM_SECONDS = 60
MAX_OF_THREE, MAX_OF_ONE = 0.56, 0.85
MAX_SSIM, MAX_SIZE = 0.002, 0.03
# What an original is like: a disc, and a camera. The dearer it is to decode, the more decoding once saves.
RATES = {"a disc's 20 Mbit/s": 20, "a camera's 50 Mbit/s": 50}


class Times(Struct, frozen=True):
    """Wall seconds."""

    apart: float
    together: float
    ours: float


async def measure() -> list[Result]:
    lines: list[Result] = []
    async with kitchen() as house:
        film = house.place / "film.mp4"
        for what, megabits in RATES.items():
            await make_film(house.settings.ffmpeg, film, seconds=FILM_SECONDS, megabits=megabits)
            rungs = ladder(1920, 1080)
            # Ours stands between the others, so that a machine that slows down slows both sides down.
            together = await timed(_plain(house, film, rungs), house.place)
            ours, video_id = await _ours(house, film)
            apart = sum([await timed(_plain(house, film, (rung,), "apart"), house.place) for rung in rungs])
            lines += _compare(what, Times(apart, together, ours))
            lines += await _quality(house, film, video_id, rungs)
            await house.remove(video_id)
            film.unlink()
    return lines


def _compare(what: str, times: Times) -> list[Result]:
    of_three, of_one = times.ours / times.apart, times.ours / times.together
    name = f"ladder of {FILM_SECONDS} s of 1080p30, {what}"
    return [
        Result(
            f"{name}: {times.ours:.1f} s",
            f"a run per rung {times.apart:.1f} s: {of_three:.2f} ×",
            f"≤ {MAX_OF_THREE} ×",
            of_three <= MAX_OF_THREE,
        ),
        Result(
            name,
            f"one run with three outputs {times.together:.1f} s: {of_one:.2f} ×",
            f"≤ {MAX_OF_ONE} ×",
            of_one <= MAX_OF_ONE,
        ),
    ]


async def _ours(house: Kitchen, film: Path) -> tuple[float, int]:
    """How long a worker needs from the original to the complete film, and the film."""
    async with house.worker():
        begin = perf_counter()
        video_id = await house.bring(film)
        await house.until(video_id)
        return perf_counter() - begin, video_id


async def _quality(house: Kitchen, film: Path, video_id: int, rungs: tuple[Rung, ...]) -> list[Result]:
    """How near to the original the highest rung is, and how large each is, against the single run."""
    top = rungs[-1]
    ours = house.place / "ours.ts"
    segments = sorted(house.job_context.storage.rung(video_id, 1, top.label).glob("*.ts"))
    ours.write_bytes(b"".join(segment.read_bytes() for segment in segments))
    plain = house.place / f"{top.name}.ts"
    near = [await _ssim(house, film, each) for each in (ours, plain)]
    sizes = [each.stat().st_size for each in (ours, plain)]
    larger = sizes[0] / sizes[1] - 1
    return [
        Result(
            f"SSIM of {top.name}, units and one run",
            f"{near[0]:.4f}, {near[1]:.4f}",
            f"within {MAX_SSIM}",
            abs(near[0] - near[1]) <= MAX_SSIM,
        ),
        Result(
            f"size of {top.name} against one run",
            f"{larger:+.1%}",
            f"within {MAX_SIZE:.0%}",
            abs(larger) <= MAX_SIZE,
        ),
    ]


async def _ssim(house: Kitchen, film: Path, made: Path) -> float:
    """Mean structural similarity of the picture, 1 for equal."""
    stats = house.place / "ssim"
    graph = f"[0:v]settb=1/30,setpts=N[a];[1:v]settb=1/30,setpts=N[b];[a][b]ssim=stats_file={stats}"
    await capture(
        [
            *(house.settings.ffmpeg, "-nostdin", "-v", "error", "-i", str(made), "-i", str(film)),
            *("-lavfi", graph, "-f", "null", "-"),
        ],
        seconds=600,
    )
    values = [float(found) for found in re.findall(r"All:([0-9.]+)", stats.read_text())]
    return sum(values) / len(values)


def _plain(house: Kitchen, film: Path, rungs: tuple[Rung, ...], suffix: str = "") -> list[str]:
    """What one would write by hand: the same preset, quality and key frames, and ffmpeg's own threads."""
    heads = "".join(f"[in{rung.name}]" for rung in rungs)
    scales = ";".join(f"[in{rung.name}]scale={rung.width}:{rung.height}[{rung.name}]" for rung in rungs)
    arguments = [
        *(house.settings.ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-progress", "pipe:1", "-y"),
        *("-i", f"file:{film}", "-filter_complex", f"[0:v]split={len(rungs)}{heads};{scales}"),
    ]
    for rung in rungs:
        most = MAX_KBITS[rung.label]
        arguments += [
            *("-map", f"[{rung.name}]", "-map", "0:a", "-c:v", "libx264", "-preset", house.settings.transcode_preset),
            *("-crf", str(command.CRF), "-maxrate", f"{most}k", "-bufsize", f"{2 * most}k"),
            *("-g", "60", "-keyint_min", "60", "-sc_threshold", "0", "-pix_fmt", "yuv420p"),
            *("-c:a", "aac", "-b:a", "128k", "-ac", "2", "-f", "mpegts", f"{rung.name}{suffix}.ts"),
        ]
    return arguments
