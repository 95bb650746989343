"""What the application holds for uploads: threads that write to the disk, and the bodies that are being received."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from aiohttp import web

from videoflix.http.resources import DATABASE, SETTINGS, STORAGE
from videoflix.uploads.bodies import Bodies
from videoflix.uploads.context import UploadContext

UPLOADS_CONTEXT = web.AppKey("uploads_context", UploadContext)
BODIES = web.AppKey("bodies", Bodies)

# Threads that block on the disk for uploads; films are sent by others.
THREADS = 8


@asynccontextmanager
async def lifespan(app: web.Application) -> AsyncIterator[None]:
    threads = ThreadPoolExecutor(THREADS, "uploads")
    app[UPLOADS_CONTEXT] = UploadContext(app[SETTINGS], app[DATABASE], app[STORAGE], threads)
    app[BODIES] = Bodies()
    yield
    await asyncio.to_thread(threads.shutdown)


async def end_bodies(app: web.Application) -> None:
    """Called before the server waits for requests to finish: a large upload may take hours."""
    app[BODIES].stop()
