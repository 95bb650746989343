"""What the application holds for the library: the list of videos, the progress that clients follow, and what actions
on videos need."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from videoflix.http.resources import DATABASE, STORAGE
from videoflix.library.actions import LibraryContext
from videoflix.library.progress_feed import ProgressFeed
from videoflix.library.video_list import VideoList

VIDEO_LIST = web.AppKey("video_list", VideoList)
LIBRARY_CONTEXT = web.AppKey("library_context", LibraryContext)
PROGRESS_FEED = web.AppKey("progress_feed", ProgressFeed)


@asynccontextmanager
async def lifespan(app: web.Application) -> AsyncIterator[None]:
    app[VIDEO_LIST] = VideoList(app[DATABASE])
    app[PROGRESS_FEED] = ProgressFeed(app[DATABASE])
    app[LIBRARY_CONTEXT] = LibraryContext(app[DATABASE], app[STORAGE], app[PROGRESS_FEED])
    yield


async def end_streams(app: web.Application) -> None:
    """Called before the server waits for requests to finish: an event stream would never do so."""
    app[PROGRESS_FEED].stop()
