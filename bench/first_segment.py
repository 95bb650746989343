"""Time from adding a film to its first segment in all renditions, for a short and for a long film."""

from pathlib import Path
from time import perf_counter

from bench.pipeline import Pipeline, make_film, open_pipeline, repeat_film
from bench.result import Result

MAX_SECONDS, MAX_APART = 10.0, 2.0
MEGABITS = 12


async def measure() -> list[Result]:
    async with open_pipeline() as pipeline:
        short, long = pipeline.place / "short.mp4", pipeline.place / "long.mp4"
        await make_film(pipeline.settings.ffmpeg, short, seconds=60, megabits=MEGABITS)
        await repeat_film(pipeline.settings.ffmpeg, short, long, 60)
        async with pipeline.worker():
            seconds = {}
            for name, film in (("60 s", short), ("60 min", long)):
                warm = await pipeline.add(film)  # fills the caches of the worker and of the disk
                await pipeline.wait_for(warm, playable=True)
                await pipeline.remove(warm)
                seconds[name] = await _first_segment(pipeline, film)
    lines = [
        Result(f"first segment of {name} of 1080p30", f"{took:.1f} s", f"≤ {MAX_SECONDS:.0f} s", took <= MAX_SECONDS)
        for name, took in seconds.items()
    ]
    apart = abs(seconds["60 s"] - seconds["60 min"])
    return [*lines, Result("between the two", f"{apart:.1f} s", f"≤ {MAX_APART:.0f} s", apart <= MAX_APART)]


async def _first_segment(pipeline: Pipeline, film: Path) -> float:
    begin = perf_counter()
    video_id = await pipeline.add(film)
    await pipeline.wait_for(video_id, playable=True)
    took = perf_counter() - begin
    await pipeline.remove(video_id)
    return took
