"""Two workers on two hosts, a core and a network of their own each, against one of them alone."""

import os
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter

from bench.kitchen import Kitchen, kitchen, make_film
from bench.result import NotMade, Result

FILM_SECONDS = 60
MIN = 1.8


async def measure() -> list[Result]:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2 or os.geteuid() != 0:
        raise NotMade("it takes two cores, and root to make hosts of them")
    async with kitchen() as house:
        film = house.place / "film.mp4"
        await make_film(house.settings.ffmpeg, film, seconds=FILM_SECONDS, megabits=20)
        one = await _seconds(house, film, cores[:1])
        two = await _seconds(house, film, cores[:2])
    gain = one / two
    what = f"{FILM_SECONDS} s of 1080p30 on one host and on two"
    return [Result(what, f"{one:.1f} s, {two:.1f} s: {gain:.2f} ×", f"≥ {MIN} ×", gain >= MIN)]


async def _seconds(house: Kitchen, film: Path, cores: list[int]) -> float:
    async with AsyncExitStack() as hosts:
        for core in cores:
            await hosts.enter_async_context(house.worker(cores=[core], alone=True))
        begin = perf_counter()
        video_id = await house.bring(film)
        await house.until(video_id)
        took = perf_counter() - begin
    await house.remove(video_id)
    return took
