"""PostgreSQL, Redis, storage and workers without a web process, for benchmarks of the encoding pipeline."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import perf_counter

from msgspec import Struct

from bench.result import NotMeasured
from bench.server import environ_of, folder
from videoflix.cli.configuration import gather
from videoflix.db.pool import Database, open_database
from videoflix.encoding.context import JobContext
from videoflix.encoding.process import follow
from videoflix.library.adding import add_film
from videoflix.library.models import EncodeState, Progress, VideoText
from videoflix.library.queries import encodes, videos
from videoflix.queue.due import enqueue_due
from videoflix.queue.queues import Queues
from videoflix.schema import migrate
from videoflix.server.children import die_with_parent
from videoflix.server.local_services import start_services
from videoflix.server.stack import stack
from videoflix.settings import Settings
from videoflix.storage import names
from videoflix.storage.local import LocalStorage
from videoflix.storage.opening import open_storage

STOP_SECONDS = 15.0
# Moving noise: without it a test pattern costs the encoder next to nothing.
VIDEO_SOURCE = "testsrc2=size=1920x1080:rate=30:duration={seconds},noise=alls=12:allf=t"
AUDIO_SOURCE = "sine=frequency=330:beep_factor=4:sample_rate=48000:duration={seconds}"


class Pipeline(Struct, frozen=True):
    """The services and the disk of films, if STORAGE is not another. Workers are started by `worker`."""

    place: Path
    environ: dict[str, str]
    job_context: JobContext
    storage: LocalStorage

    @property
    def settings(self) -> Settings:
        return self.job_context.settings

    async def add(self, film: Path) -> int:
        """Add a film as a hard link, enqueue its jobs, and return its id."""
        with self.job_context.storage.stage() as staging:
            os.link(film, staging / "original")
            video_id = await add_film(
                self.job_context.database,
                self.job_context.storage,
                staging / "original",
                VideoText("Film", "", ""),
            )
        await enqueue_due(self.job_context.database, self.job_context.queues)
        return video_id

    async def wait_for(self, video_id: int, *, playable: bool = False) -> Progress:
        """Wait until a film is encoded, or if `playable` until its first segments are published.

        Raises NotMeasured if encoding fails.
        """
        while True:
            async with self.job_context.database.connection() as connection:
                now = await encodes.progress(connection, video_id)
            if now is None or now.state is EncodeState.FAILED:
                raise NotMeasured(f"encoding failed: {now and now.error}")
            if now.state is EncodeState.READY or (playable and now.is_playable):
                return now
            await asyncio.sleep(0.02)

    async def remove(self, video_id: int) -> None:
        async with self.job_context.database.connection() as connection:
            await videos.remove(connection, video_id)
        for name in (names.original(video_id), names.film(video_id)):
            self.job_context.storage.remove(name)

    @asynccontextmanager
    async def worker(self, **extra: str) -> AsyncIterator[None]:
        """Run a worker process. `extra` are more environment variables."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "videoflix", "worker", "transcode"),
            env={**os.environ, **self.environ, **extra},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        try:
            yield
        finally:
            if process.returncode is not None:
                raise NotMeasured(f"a worker exited early ({process.returncode})")
            process.terminate()
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()


@asynccontextmanager
async def open_pipeline(**extra: str) -> AsyncIterator[Pipeline]:
    """Start the services, and stop them at the end. `extra` are more environment variables."""
    async with AsyncExitStack() as opened:
        place = opened.enter_context(folder())
        environ = gather(environ_of(place) | extra, make_key=True)
        settings = Settings.from_env(environ)
        settings.data_dir.mkdir(mode=0o711, exist_ok=True)
        running = await opened.enter_async_context(stack())
        await start_services(running, settings)
        await asyncio.to_thread(migrate, settings)
        database: Database = await open_database(settings, most=2)
        opened.push_async_callback(database.close)
        queues = Queues(settings)
        opened.push_async_callback(queues.close)
        local, storage = LocalStorage(settings.data_dir / "media"), open_storage(settings)
        storage.prepare()
        yield Pipeline(place, environ, JobContext(settings, database, storage, queues), local)
        return
    raise NotMeasured("stopped")  # a signal ended the services


X264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p")
HEVC_10_BIT = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=none")


async def make_film(ffmpeg: str, target: Path, *, seconds: int, megabits: int, codec: tuple[str, ...] = X264) -> None:
    """Encode a noisy test pattern in 1080p30 at about that rate, with a key frame every two seconds and a beep in
    stereo."""
    rate = f"{megabits}M"
    await follow(
        [
            *(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", "-progress", "pipe:1"),
            *("-f", "lavfi", "-i", VIDEO_SOURCE.format(seconds=seconds)),
            *("-f", "lavfi", "-i", AUDIO_SOURCE.format(seconds=seconds)),
            *(*codec, "-g", "60"),
            *("-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate),
            *("-c:a", "aac", "-ac", "2", "-f", "mp4", f"file:{target}"),
        ]
    )


async def repeat_film(ffmpeg: str, film: Path, target: Path, times: int) -> None:
    """Repeat a film of a minute without encoding it again. The limits of an encode are too low for such a file.

    Video and audio are repeated apart: one of them ends a little earlier, and would have a gap at each repetition.
    """
    audio, repeated = target.with_suffix(".aac"), ("-stream_loop", str(times - 1), "-i")
    await _copy(ffmpeg, "-i", f"file:{film}", "-vn", "-c", "copy", "-f", "adts", f"file:{audio}")
    await _copy(
        *(ffmpeg, *repeated, f"file:{film}", *repeated, f"file:{audio}", "-map", "0:v", "-map", "1:a"),
        *("-t", str(times * 60), "-c", "copy", "-f", "mp4", f"file:{target}"),
    )
    audio.unlink()


async def _copy(ffmpeg: str, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(ffmpeg, "-nostdin", "-hide_banner", "-v", "error", *arguments)
    if await process.wait():
        raise NotMeasured("the film could not be repeated")


async def timed(arguments: list[str], place: Path) -> float:
    """Run ffmpeg in a folder and return its wall-clock time in seconds."""
    begin = perf_counter()
    await follow(arguments, folder=place)
    return perf_counter() - begin
