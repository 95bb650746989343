"""Time from adding a film to its first segment in all renditions, for short and long films, copied and encoded."""

from pathlib import Path
from statistics import median
from time import perf_counter

from bench.pipeline import Pipeline, make_film, open_pipeline, repeat_film
from bench.result import Result

# A film at the first rate is copied in its highest rendition, one at the second is encoded.
COPIED, ENCODED = 6, 12
MAX_SECONDS = {COPIED: 4.0, ENCODED: 9.0}
ROUNDS = 3


async def measure() -> list[Result]:
    lines = []
    async with open_pipeline() as pipeline:
        short, long = pipeline.place / "short.mp4", pipeline.place / "long.mp4"
        for megabits, most in MAX_SECONDS.items():
            await make_film(pipeline.settings.ffmpeg, short, seconds=60, megabits=megabits)
            await repeat_film(pipeline.settings.ffmpeg, short, long, 60)
            async with pipeline.worker():
                for name, film in (("60 s", short), ("60 min", long)):
                    await _first_segment(pipeline, film)  # fills the caches of the worker and of the disk
                    took = median([await _first_segment(pipeline, film) for _ in range(ROUNDS)])
                    what = "copied" if megabits == COPIED else "encoded"
                    lines.append(
                        Result(
                            f"first segment of {name} of 1080p30, {what}",
                            f"{took:.1f} s",
                            f"≤ {most:.0f} s",
                            took <= most,
                        )
                    )
            long.unlink()
            short.unlink()
    return lines


async def _first_segment(pipeline: Pipeline, film: Path) -> float:
    begin = perf_counter()
    video_id = await pipeline.add(film)
    await pipeline.wait_for(video_id, playable=True)
    took = perf_counter() - begin
    await pipeline.remove(video_id)
    return took
