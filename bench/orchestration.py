"""What the pipeline costs beside ffmpeg on the plan of an hour: all units of a film that costs ffmpeg little."""

import asyncio
import dataclasses
from pathlib import Path
from time import perf_counter
from typing import Any

from msgspec.structs import replace

from bench.kitchen import Kitchen, kitchen, make_film, repeat_film, timed
from bench.result import Result
from videoflix.encoding import transcode
from videoflix.encoding.process import follow
from videoflix.queue.queues import TRANSCODE
from videoflix.worker import build

MINUTES = 60
MAX = 0.02


async def measure() -> list[Result]:
    async with kitchen() as house:
        film, minute = house.place / "hour.mp4", house.place / "minute.mp4"
        await make_film(house.settings.ffmpeg, minute, seconds=60, megabits=20)
        async with house.worker():
            begin = perf_counter()
            await house.until(await house.bring(minute))
            full = MINUTES * (perf_counter() - begin)
        small = house.place / "small.mp4"
        await timed(_shrink(house, minute, small), house.place)
        await repeat_film(house.settings.ffmpeg, small, film, MINUTES)
        beside, units = await _beside_ffmpeg(house, film)
    share = beside / full
    what = f"beside ffmpeg, {units} units of {MINUTES} min"
    measured = f"{beside:.1f} s of {full:.0f} s in 1080p: {share:.2%}"
    return [Result(what, measured, f"≤ {MAX:.0%}", share <= MAX)]


async def _beside_ffmpeg(house: Kitchen, film: Path) -> tuple[float, int]:
    """Wall seconds of a film, one unit at a time, that no unit's ffmpeg ran; and how many units there were."""
    inside: list[float] = []

    async def watched(*arguments: Any, **named: Any) -> None:
        begin = perf_counter()
        await follow(*arguments, **named)
        inside.append(perf_counter() - begin)

    vars(transcode)["follow"] = watched
    settings = dataclasses.replace(house.settings, transcode_concurrency=1)
    worker = build(replace(house.job_context, settings=settings), TRANSCODE)
    running = asyncio.create_task(worker.start())
    try:
        begin = perf_counter()
        await house.until(await house.bring(film))
        return perf_counter() - begin - sum(inside), len(inside)
    finally:
        vars(transcode)["follow"] = follow
        await worker.stop()
        await running


def _shrink(house: Kitchen, film: Path, target: Path) -> list[str]:
    return [
        *(house.settings.ffmpeg, "-nostdin", "-v", "error", "-progress", "pipe:1", "-i", f"file:{film}"),
        *("-vf", "scale=128:72", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "copy", f"file:{target}"),
    ]
