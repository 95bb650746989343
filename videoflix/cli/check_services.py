"""Checks of the programs that the server needs: database, Redis and ffmpeg."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import psycopg
from redis.exceptions import RedisError

from videoflix.checks.finding import Finding, Mark
from videoflix.db.migrations import pending
from videoflix.db.pool import open_database
from videoflix.encoding import programs
from videoflix.encoding.capabilities import capabilities_of
from videoflix.encoding.encoder_trial import AUTO, choose
from videoflix.encoding.process import capture
from videoflix.encoding.shortcomings import shortcomings
from videoflix.errors import EncodeFailed, FfmpegUnavailable, VideoflixError
from videoflix.queue.queues import connect
from videoflix.settings import Settings


async def database(settings: Settings) -> AsyncIterator[Finding]:
    database = await open_database(settings, most=1)
    try:
        async with database.connection() as connection:
            version = await connection.fetchval("SHOW server_version")
        missing = await asyncio.to_thread(pending, settings)
    except (VideoflixError, psycopg.Error, asyncpg.PostgresError) as error:
        cause = error.__cause__ or error
        yield Finding(
            Mark.BAD,
            f"no answer at {settings.db_host}:{settings.db_port} ({cause}). Is it running? bin/start starts it",
        )
        return
    finally:
        await database.close()
    yield Finding(Mark.GOOD, f"PostgreSQL {version} at {settings.db_host}")
    if missing:
        yield Finding(Mark.BAD, f"these migrations are missing: {', '.join(missing)}. Run bin/migrate")


async def redis(settings: Settings) -> AsyncIterator[Finding]:
    client = connect(settings)
    try:
        about = await client.info("server")
        policy = (await client.config_get("maxmemory-policy")).get("maxmemory-policy")
    except (RedisError, OSError) as error:
        yield Finding(Mark.BAD, f"no answer ({error}). Is it running? See REDIS_LOCATION and REDIS_HOST")
        return
    finally:
        await client.aclose()
    yield Finding(Mark.GOOD, f"version {about.get('valkey_version') or about['redis_version']}")
    if policy not in (None, "noeviction"):
        yield Finding(Mark.WARNING, f"maxmemory-policy is {policy}, which may drop jobs. Set it to noeviction")


async def ffmpeg(settings: Settings) -> AsyncIterator[Finding]:
    """Which programs are used and why, what they lack, and what films are encoded with."""
    versions = []
    for program in (settings.ffmpeg, settings.ffprobe):
        try:
            output = await capture([program, "-version"], seconds=10)
        except (EncodeFailed, FfmpegUnavailable) as failure:
            yield Finding(Mark.BAD, f"{program} cannot be run: {failure.detail} (see FFMPEG and FFPROBE)")
            return
        versions.append(f"{' '.join(output.decode('utf-8', 'replace').split()[:3])} ({program})")
    yield Finding(Mark.GOOD, f"{versions[0]}: {await asyncio.to_thread(programs.origin, settings)}")
    yield Finding(Mark.GOOD, versions[1])
    warning = await asyncio.to_thread(programs.passed_over, settings)
    if warning:
        yield Finding(Mark.WARNING, warning)
    try:
        await asyncio.to_thread(programs.check, settings)
    except FfmpegUnavailable as wrong:
        yield Finding(Mark.BAD, wrong.detail)
        return
    for line in shortcomings(await capabilities_of(settings.ffmpeg)):
        yield Finding(Mark.WARNING, line)
    choice = await choose(settings)
    refused = [f"{name} cannot be used: {why}" for name, why in choice.refused.items()]
    is_refused = settings.transcode_encoder not in (AUTO, choice.encoder)
    yield Finding(
        Mark.WARNING if is_refused else Mark.GOOD,
        "; ".join([f"films are encoded with {choice.encoder}", *refused]),
    )
