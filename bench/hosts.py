"""Two workers, each with its own core and network namespace, against one."""

import os
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter

from bench.pipeline import Pipeline, make_film, open_pipeline
from bench.result import NotMeasured, Result

FILM_SECONDS = 60
MIN = 1.8


async def measure() -> list[Result]:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2 or os.geteuid() != 0:
        raise NotMeasured("two cores and root are needed")
    async with open_pipeline() as pipeline:
        film = pipeline.place / "film.mp4"
        await make_film(pipeline.settings.ffmpeg, film, seconds=FILM_SECONDS, megabits=20)
        one = await _seconds(pipeline, film, cores[:1])
        two = await _seconds(pipeline, film, cores[:2])
    gain = one / two
    what = f"{FILM_SECONDS} s of 1080p30 on one host and on two"
    return [Result(what, f"{one:.1f} s, {two:.1f} s: {gain:.2f} ×", f"≥ {MIN} ×", gain >= MIN)]


async def _seconds(pipeline: Pipeline, film: Path, cores: list[int]) -> float:
    async with AsyncExitStack() as hosts:
        for core in cores:
            await hosts.enter_async_context(pipeline.worker(cores=[core], own_network=True))
        begin = perf_counter()
        video_id = await pipeline.add(film)
        await pipeline.wait_for(video_id)
        took = perf_counter() - begin
    await pipeline.remove(video_id)
    return took
