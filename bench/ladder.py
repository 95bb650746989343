"""Encoding all renditions with a worker, against plain ffmpeg: a run per rendition, and one run with all outputs."""

import re
from pathlib import Path
from statistics import median
from time import perf_counter

from msgspec import Struct

from bench.pipeline import HEVC_10_BIT, X264, Pipeline, make_film, open_pipeline, timed
from bench.result import Result
from videoflix.encoding.ladder import MAX_KBITS, ladder
from videoflix.encoding.models import Rendition
from videoflix.encoding.process import capture
from videoflix.storage import names

FILM_SECONDS = 60
ROUNDS = 3
MAX_OF_THREE, MAX_OF_ONE = 0.56, 0.85
MAX_SSIM, MAX_SIZE = 0.002, 0.03
# Of the time of one run: for an original whose highest rendition is copied, and for one that is encoded.
MAX_COPIED, MAX_ENCODED = 0.55, 1.0
# Bit rates of typical originals. The more expensive an original is to decode, the more decoding it once saves.
RATES = {"a disc's 20 Mbit/s": 20, "a camera's 50 Mbit/s": 50}


class Times(Struct, frozen=True):
    """Wall-clock seconds."""

    per_rendition: float
    single_run: float
    worker: float


async def measure() -> list[Result]:
    async with open_pipeline() as pipeline:
        film = pipeline.place / "film.mp4"
        lines = [
            await _against_one_run(pipeline, film, "H.264 at 6 Mbit/s, copied", X264, MAX_COPIED),
            await _against_one_run(pipeline, film, "HEVC in 10 bit", HEVC_10_BIT, MAX_ENCODED),
        ]
        for what, megabits in RATES.items():
            await make_film(pipeline.settings.ffmpeg, film, seconds=FILM_SECONDS, megabits=megabits)
            renditions = ladder(1920, 1080, pipeline.settings.ladder)
            # The worker runs between the other two, so that a machine that slows down affects both sides.
            single_run = await timed(_plain(pipeline, film, renditions), pipeline.place)
            worker, video_id = await _encode(pipeline, film)
            per_rendition = sum(
                [
                    await timed(_plain(pipeline, film, (rendition,), "-alone"), pipeline.place)
                    for rendition in renditions
                ]
            )
            lines += _compare(what, Times(per_rendition, single_run, worker))
            lines += await _quality(pipeline, film, video_id, renditions)
            await pipeline.remove(video_id)
            film.unlink()
    return lines


async def _against_one_run(pipeline: Pipeline, film: Path, what: str, codec: tuple[str, ...], most: float) -> Result:
    """A worker against one ffmpeg with three outputs, alternately, so that a machine that slows down affects both."""
    await make_film(pipeline.settings.ffmpeg, film, seconds=FILM_SECONDS, megabits=6, codec=codec)
    renditions = ladder(1920, 1080, pipeline.settings.ladder)
    workers, runs = [], []
    for _ in range(ROUNDS):
        runs.append(await timed(_plain(pipeline, film, renditions), pipeline.place))
        took, video_id = await _encode(pipeline, film)
        workers.append(took)
        await pipeline.remove(video_id)
    film.unlink()
    ratio = median(workers) / median(runs)
    return Result(
        f"ladder of {FILM_SECONDS} s of 1080p30, {what}: {median(workers):.1f} s",
        f"one run with three outputs {median(runs):.1f} s: {ratio:.2f} ×",
        f"≤ {most} ×",
        ratio <= most,
    )


def _compare(what: str, times: Times) -> list[Result]:
    of_three, of_one = times.worker / times.per_rendition, times.worker / times.single_run
    name = f"ladder of {FILM_SECONDS} s of 1080p30, {what}"
    return [
        Result(
            f"{name}: {times.worker:.1f} s",
            f"a run per rendition {times.per_rendition:.1f} s: {of_three:.2f} ×",
            f"≤ {MAX_OF_THREE} ×",
            of_three <= MAX_OF_THREE,
        ),
        Result(
            name,
            f"one run with three outputs {times.single_run:.1f} s: {of_one:.2f} ×",
            f"≤ {MAX_OF_ONE} ×",
            of_one <= MAX_OF_ONE,
        ),
    ]


async def _encode(pipeline: Pipeline, film: Path) -> tuple[float, int]:
    """The seconds that a worker takes to encode a film, and the id of the film."""
    async with pipeline.worker():
        begin = perf_counter()
        video_id = await pipeline.add(film)
        await pipeline.wait_for(video_id)
        return perf_counter() - begin, video_id


async def _quality(pipeline: Pipeline, film: Path, video_id: int, renditions: tuple[Rendition, ...]) -> list[Result]:
    """The similarity of the highest rendition to the original, and its size, against the single run."""
    top = renditions[-1]
    ours = pipeline.place / "ours.ts"
    segments = sorted(pipeline.storage.path(names.rendition(video_id, 1, top.label)).glob("*.ts"))
    ours.write_bytes(b"".join(segment.read_bytes() for segment in segments))
    plain = pipeline.place / f"{top.name}.ts"
    near = [await _ssim(pipeline, film, each) for each in (ours, plain)]
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


async def _ssim(pipeline: Pipeline, film: Path, encoded: Path) -> float:
    """The mean structural similarity of all frames; 1 is identical."""
    stats = pipeline.place / "ssim"
    graph = f"[0:v]settb=1/30,setpts=N[a];[1:v]settb=1/30,setpts=N[b];[a][b]ssim=stats_file={stats}"
    await capture(
        [
            *(pipeline.settings.ffmpeg, "-nostdin", "-v", "error", "-i", str(encoded), "-i", str(film)),
            *("-lavfi", graph, "-f", "null", "-"),
        ],
        seconds=600,
    )
    values = [float(found) for found in re.findall(r"All:([0-9.]+)", stats.read_text())]
    return sum(values) / len(values)


def _plain(pipeline: Pipeline, film: Path, renditions: tuple[Rendition, ...], suffix: str = "") -> list[str]:
    """A single ffmpeg command with the same preset, quality and key frames, and the threads of ffmpeg."""
    heads = "".join(f"[in{rendition.name}]" for rendition in renditions)
    scales = ";".join(
        f"[in{rendition.name}]scale={rendition.width}:{rendition.height}[{rendition.name}]"
        for rendition in renditions
    )
    arguments = [
        *(pipeline.settings.ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-progress", "pipe:1", "-y"),
        *("-i", f"file:{film}", "-filter_complex", f"[0:v]split={len(renditions)}{heads};{scales}"),
    ]
    for rendition in renditions:
        most = MAX_KBITS[rendition.label]
        arguments += [
            *("-map", f"[{rendition.name}]", "-map", "0:a", "-c:v", "libx264"),
            *("-preset", pipeline.settings.transcode_preset),
            *("-crf", str(pipeline.settings.transcode_crf), "-maxrate", f"{most}k", "-bufsize", f"{2 * most}k"),
            *("-g", "60", "-keyint_min", "60", "-sc_threshold", "0", "-pix_fmt", "yuv420p"),
            *("-c:a", "aac", "-b:a", "128k", "-ac", "2", "-f", "mpegts", f"{rendition.name}{suffix}.ts"),
        ]
    return arguments
