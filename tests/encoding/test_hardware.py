"""Units that a hardware encoder cannot make are made by x264, and fit the others."""

import asyncio
import logging
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec import structs

from tests.films import Films
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.media import Media
from tests.hardware_ffmpeg import ffmpeg_with_nvenc
from videoflix.db.pool import Database
from videoflix.encoding.context import JobContext
from videoflix.encoding.jobs import run_job
from videoflix.library.models import EncodeState
from videoflix.queue import queries as jobs
from videoflix.queue.models import JobKind
from videoflix.queue.queues import TRANSCODE
from videoflix.streaming import queries as streaming_queries
from videoflix.worker import build


async def _run(context: JobContext, kind: JobKind) -> None:
    """Run all jobs of a kind, each with a single try."""
    while True:
        async with context.database.connection() as connection:
            job = await jobs.claim(connection, kind, uuid4())
        if job is None:
            return
        assert await run_job(context, job, None)


async def test_a_named_encoder_that_does_not_work_is_told_and_films_are_made(
    job_context: JobContext, bring: Bring, wait: Wait, films: Films, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    asked = replace(job_context.settings, transcode_encoder="h264_vaapi")
    running = build(structs.replace(job_context, settings=asked), TRANSCODE)
    task = asyncio.create_task(running.start())
    assert (await wait(await bring(films.make(audio=False, seconds=1)))).state is EncodeState.READY
    while "films are encoded with libx264" not in caplog.text:
        await asyncio.sleep(0.05)
    (told,) = [one for one in caplog.records if "h264_vaapi cannot be used: " in one.getMessage()]
    assert told.levelname == "WARNING"
    await running.stop()
    await task


async def test_a_film_in_2160p_is_made_without_the_hardware(
    job_context: JobContext,
    bring: Bring,
    films: Films,
    storage: Media,
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    job_context.in_use.encoder = "h264_vaapi"
    context = structs.replace(job_context, settings=replace(job_context.settings, ladder=(240, 480, 2160)))
    video_id = await bring(films.make(size="3840x2160", rate="2", seconds=1, audio=False))
    for kind in (JobKind.INGEST, JobKind.UNIT):
        await _run(context, kind)
    assert f"video {video_id}: unit 0 is encoded with libx264, as h264_vaapi failed: " in caplog.text
    assert storage.labels(video_id, 1) == (240, 480, 2160)
    async with database.connection() as connection:
        film = await streaming_queries.film(connection, video_id)
    assert film
    assert [(each.label, each.width, each.height) for each in film.variants] == [
        (240, 426, 240),
        (480, 854, 480),
        (2160, 3840, 2160),
    ]
    assert [each.codecs.lower()[-2:] for each in film.variants] == ["1e", "1e", "33"]
    assert films.frames(films.playlist(storage.rendition(video_id, 1, 2160))) == 2


async def test_the_units_of_two_encoders_are_one_film(
    job_context: JobContext, bring: Bring, films: Films, storage: Media, tmp_path: Path
) -> None:
    rate, seconds = Fraction(10), 25
    program = ffmpeg_with_nvenc(tmp_path, films.ffmpeg, fails=("1",))
    job_context.in_use.encoder = "h264_nvenc"
    context = structs.replace(job_context, settings=replace(job_context.settings, ffmpeg=program))
    video_id = await bring(films.make(size="64x64", rate=str(rate), seconds=seconds))
    for kind in (JobKind.INGEST, JobKind.AUDIO, JobKind.UNIT):
        await _run(context, kind)
    rendition = storage.rendition(video_id, 1, 480)
    (whole := tmp_path / "whole.ts").write_bytes(b"".join(each.read_bytes() for each in sorted(rendition.iterdir())))
    packets = films.probe(str(whole), "-show_entries", "packet=pts,dts", "-select_streams", "v")["packets"]
    assert len(packets) == seconds * rate
    decoded = [packet["dts"] for packet in packets]
    assert all(one < other for one, other in pairwise(decoded))
    assert all(packet["dts"] <= packet["pts"] for packet in packets)
