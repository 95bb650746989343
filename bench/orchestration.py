"""The overhead of the pipeline around ffmpeg: an hour of tiny frames, with as many units as any film of an hour."""

import asyncio
import dataclasses
from pathlib import Path
from time import perf_counter
from typing import Any

from msgspec.structs import replace

from bench.pipeline import Pipeline, make_film, open_pipeline, repeat_film, timed
from bench.result import Result
from videoflix.encoding import transcode
from videoflix.encoding.process import follow
from videoflix.queue.queues import TRANSCODE
from videoflix.worker import build

MINUTES = 60
MAX = 0.02


async def measure() -> list[Result]:
    async with open_pipeline() as pipeline:
        film, minute = pipeline.place / "hour.mp4", pipeline.place / "minute.mp4"
        await make_film(pipeline.settings.ffmpeg, minute, seconds=60, megabits=20)
        async with pipeline.worker():
            begin = perf_counter()
            await pipeline.wait_for(await pipeline.add(minute))
            full = MINUTES * (perf_counter() - begin)
        small = pipeline.place / "small.mp4"
        await timed(_shrink(pipeline, minute, small), pipeline.place)
        await repeat_film(pipeline.settings.ffmpeg, small, film, MINUTES)
        overhead, units = await _overhead(pipeline, film)
    share = overhead / full
    what = f"outside of ffmpeg, {units} units of {MINUTES} min"
    measured = f"{overhead:.1f} s of {full:.0f} s in 1080p: {share:.2%}"
    return [Result(what, measured, f"≤ {MAX:.0%}", share <= MAX)]


async def _overhead(pipeline: Pipeline, film: Path) -> tuple[float, int]:
    """The wall-clock seconds outside of ffmpeg, one unit at a time, and the number of units."""
    inside: list[float] = []

    async def timed_follow(*arguments: Any, **named: Any) -> None:
        begin = perf_counter()
        await follow(*arguments, **named)
        inside.append(perf_counter() - begin)

    vars(transcode)["follow"] = timed_follow
    settings = dataclasses.replace(pipeline.settings, transcode_concurrency=1)
    worker = build(replace(pipeline.job_context, settings=settings), TRANSCODE)
    running = asyncio.create_task(worker.start())
    try:
        begin = perf_counter()
        await pipeline.wait_for(await pipeline.add(film))
        return perf_counter() - begin - sum(inside), len(inside)
    finally:
        vars(transcode)["follow"] = follow
        await worker.stop()
        await running


def _shrink(pipeline: Pipeline, film: Path, target: Path) -> list[str]:
    return [
        *(pipeline.settings.ffmpeg, "-nostdin", "-v", "error", "-progress", "pipe:1", "-i", f"file:{film}"),
        *("-vf", "scale=128:72", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "copy", f"file:{target}"),
    ]
