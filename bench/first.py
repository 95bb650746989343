"""Time from an original that is there to its first segment on all rungs, for a short and for a long film."""

from pathlib import Path
from time import perf_counter

from bench.kitchen import Kitchen, kitchen, make_film, repeat_film
from bench.result import Result

MAX_SECONDS, MAX_APART = 10.0, 2.0
MEGABITS = 12


async def measure() -> list[Result]:
    async with kitchen() as house:
        short, long = house.place / "short.mp4", house.place / "long.mp4"
        await make_film(house.settings.ffmpeg, short, seconds=60, megabits=MEGABITS)
        await repeat_film(house.settings.ffmpeg, short, long, 60)
        async with house.worker():
            seconds = {}
            for name, film in (("60 s", short), ("60 min", long)):
                warm = await house.bring(film)  # the worker's first film finds its imports and connections cold
                await house.until(warm, playable=True)
                await house.remove(warm)
                seconds[name] = await _first_segment(house, film)
    lines = [
        Result(f"first segment of {name} of 1080p30", f"{took:.1f} s", f"≤ {MAX_SECONDS:.0f} s", took <= MAX_SECONDS)
        for name, took in seconds.items()
    ]
    apart = abs(seconds["60 s"] - seconds["60 min"])
    return [*lines, Result("between the two", f"{apart:.1f} s", f"≤ {MAX_APART:.0f} s", apart <= MAX_APART)]


async def _first_segment(house: Kitchen, film: Path) -> float:
    begin = perf_counter()
    video_id = await house.bring(film)
    await house.until(video_id, playable=True)
    took = perf_counter() - begin
    await house.remove(video_id)
    return took
