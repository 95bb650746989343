"""Encodes every film of a folder, compares each with its original by decoding both, and reports suspicious ones."""

import argparse
import asyncio
import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from rich.console import Console

from bench import durations
from bench.footprint import Footprint, footprints
from bench.outcome import Outcome, print_report
from bench.pipeline import Pipeline, open_pipeline
from bench.result import NotMeasured
from videoflix.cli.add_file import add_file, check_file
from videoflix.encoding import queries as encoding_queries
from videoflix.errors import VideoflixError
from videoflix.library.models import EncodeState, Metadata
from videoflix.library.queries import encodes
from videoflix.queue.due import enqueue_due
from videoflix.storage import names
from videoflix.storage.folders import sizes

# The visual quality is not compared.
PRESET = "ultrafast"
# A film that is neither ready nor failed by then hangs.
MAX_SECONDS = 600.0
POLL_SECONDS = 0.1
# The streams of a published segment.
VIDEO, AUDIO = 0, 1
ROWS = """
    SELECT 'videos', count(*) FROM videos
    UNION ALL SELECT 'encodes', count(*) FROM encodes
    UNION ALL SELECT 'jobs', count(*) FROM jobs
    UNION ALL SELECT 'renditions', count(*) FROM renditions
    UNION ALL SELECT 'segments', count(*) FROM segments
    UNION ALL SELECT 'audio_tracks', count(*) FROM audio_tracks
    UNION ALL SELECT 'captions', count(*) FROM captions
"""


def main(words: list[str]) -> int:
    """The exit status: 1 if anything is suspicious."""
    arguments = _arguments(words)
    films = sorted({film for place in arguments.films for film in _files(place)})
    try:
        outcomes = asyncio.run(_run(films, arguments.at_once, arguments.csv))
    except (NotMeasured, VideoflixError) as reason:
        print(f"bench: corpus: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print_report(outcomes, Console(width=160, markup=False, highlight=False))
    return 1 if any(one.suspicions for one in outcomes) else 0


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench corpus", description=__doc__)
    parser.add_argument("films", nargs="+", type=Path, metavar="FOLDER", help="a folder of films, or a film")
    parser.add_argument("--at-once", type=int, default=2, metavar="N", help="films at once (%(default)s)")
    parser.add_argument(
        "--csv", type=Path, default=Path("corpus.csv"), metavar="FILE", help="one line per film (%(default)s)"
    )
    arguments = parser.parse_args(words)
    for place in arguments.films:
        if not place.exists():
            parser.error(f"{place} does not exist")
    return arguments


def _files(place: Path) -> Iterator[Path]:
    found = place.rglob("*") if place.is_dir() else [place]
    return (path.absolute() for path in found if path.is_file())


async def _run(films: list[Path], at_once: int, table: Path) -> list[Outcome]:
    """Process the films, and write a line of the table as soon as a film is done."""
    outcomes: list[Outcome] = []
    waiting = iter(films)
    async with (
        open_pipeline() as pipeline,
        pipeline.worker(TRANSCODE_PRESET=PRESET),
        footprints(pipeline.job_context.storage.root / "staging") as peaks,
    ):
        with table.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(Outcome(name="").row()))
            writer.writeheader()

            async def work() -> None:
                for film in waiting:
                    outcome = await _process(pipeline, film, peaks)
                    outcomes.append(outcome)
                    writer.writerow(outcome.row())
                    file.flush()

            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(work())
        return [*outcomes, *await _left_behind(pipeline)]


async def _process(pipeline: Pipeline, film: Path, peaks: dict[Path, Footprint]) -> Outcome:
    outcome = Outcome(name=film.name)
    begin = perf_counter()
    video_id = await _add(pipeline, film, outcome)
    if video_id is not None:
        await _follow(pipeline, video_id, outcome)
    outcome.seconds = perf_counter() - begin
    if video_id is not None:
        if outcome.outcome == EncodeState.READY:
            await _compare(pipeline, film, video_id, outcome)
        await _remove(pipeline, video_id, outcome)
    seen = [peaks.pop(path, Footprint()) for path in (film, pipeline.storage.path(names.original(video_id or 0)))]
    outcome.memory = max(one.memory for one in seen)
    outcome.staged = max(one.staged for one in seen)
    return outcome


async def _add(pipeline: Pipeline, film: Path, outcome: Outcome) -> int | None:
    """Add a film as `bin/add-video` does. None if it is refused."""
    job_context = pipeline.job_context
    try:
        await check_file(job_context.settings, film)
        video_id = await add_file(
            job_context.database,
            job_context.storage,
            film,
            job_context.settings.disk_floor,
            metadata=Metadata(film.name),
        )
    except (VideoflixError, OSError) as refusal:
        outcome.outcome, outcome.reason = "refused", str(refusal).removeprefix(f"{film.name}: ")
        return None
    await enqueue_due(job_context.database, job_context.queues)
    return video_id


async def _follow(pipeline: Pipeline, video_id: int, outcome: Outcome) -> None:
    """Wait until no job of the film is left, at most MAX_SECONDS."""
    try:
        async with asyncio.timeout(MAX_SECONDS):
            while True:
                if await _is_done(pipeline, video_id, outcome):
                    return
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        outcome.outcome = "hangs"


async def _is_done(pipeline: Pipeline, video_id: int, outcome: Outcome) -> bool:
    async with pipeline.job_context.database.connection() as connection:
        now = await encodes.progress(connection, video_id)
        jobs = await connection.fetch(
            "SELECT j.kind, j.state, j.error FROM jobs j JOIN encodes e ON e.id = j.encode_id WHERE e.video_id = $1",
            video_id,
        )
    assert now is not None
    outcome.planned = outcome.planned or now.duration
    outcome.outcome, outcome.reason = str(now.state), now.error or ""
    if now.state is not EncodeState.READY:
        return now.state is EncodeState.FAILED
    outcome.problems = tuple(f"{job['kind']}: {job['error']}" for job in jobs if job["state"] == "failed")
    return all(job["state"] in ("done", "failed") for job in jobs)


async def _compare(pipeline: Pipeline, film: Path, video_id: int, outcome: Outcome) -> None:
    """Decode the original and the lowest rendition."""
    ffmpeg, ffprobe = pipeline.settings.ffmpeg, pipeline.settings.ffprobe
    async with pipeline.job_context.database.connection() as connection:
        row = await connection.fetchrow("SELECT id, version, notes FROM encodes WHERE video_id = $1", video_id)
        assert row is not None
        plan = await encoding_queries.plan(connection, row["id"])
    assert plan is not None
    outcome.notes = " ".join(row["notes"])
    segments = sorted(
        pipeline.storage.path(names.rendition(video_id, row["version"], plan.renditions[0].label)).glob("*.ts")
    )
    try:
        with durations.joined(segments) as published:
            audio_streams = await durations.streams(ffprobe, film, "a")
            outcome.original = await durations.measure(ffprobe, film, plan.probe.video, audio_streams)
            outcome.published = await durations.measure(ffprobe, published, VIDEO, (AUDIO,))
            outcome.audible = (
                await durations.is_audible(ffmpeg, film, audio_streams),
                await durations.is_audible(ffmpeg, published, (AUDIO,)),
            )
    except NotMeasured as reason:
        outcome.problems += (f"not compared: {reason}",)


async def _remove(pipeline: Pipeline, video_id: int, outcome: Outcome) -> None:
    await pipeline.remove(video_id)
    stored = (names.original(video_id), names.film(video_id))
    outcome.left = ", ".join(name for name in stored if pipeline.storage.path(name).exists())


async def _left_behind(pipeline: Pipeline) -> list[Outcome]:
    """Files and rows that remain although every film was deleted."""
    root = pipeline.job_context.storage.root
    left = [str(Path(name).relative_to(root)) for name in sizes(root)]
    async with pipeline.job_context.database.connection() as connection:
        left += [f"{count} rows of {table}" for table, count in await connection.fetch(ROWS) if count]
    return [Outcome(name="(all)", outcome="", left=", ".join(left))] if left else []
