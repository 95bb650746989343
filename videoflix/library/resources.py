"""What the application holds for the library: lists of videos, who may see them, the progress that clients follow,
what actions on videos need, and who wants to know of changes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from videoflix.accounts.resources import GUARD
from videoflix.db.notifications import OnChange, listening
from videoflix.http.resources import DATABASE, SETTINGS, STORAGE
from videoflix.library.actions import LibraryContext
from videoflix.library.film_rows import FilmRows
from videoflix.library.progress_feed import ProgressFeed
from videoflix.library.video_list import VideoList
from videoflix.library.visibility import Visibility

VIDEO_LIST = web.AppKey("video_list", VideoList)
FILM_ROWS = web.AppKey("film_rows", FilmRows)
LIBRARY_CONTEXT = web.AppKey("library_context", LibraryContext)
VISIBILITY = web.AppKey("visibility", Visibility)
PROGRESS_FEED = web.AppKey("progress_feed", ProgressFeed)
# Called with the id of each video that changes, or with None if any may have changed.
ON_VIDEO_CHANGE = web.AppKey("on_video_change", list[OnChange])


@asynccontextmanager
async def lifespan(app: web.Application) -> AsyncIterator[None]:
    app[VIDEO_LIST] = VideoList(app[DATABASE])
    app[FILM_ROWS] = FilmRows(app[DATABASE])
    app[PROGRESS_FEED] = ProgressFeed(app[DATABASE])
    app[LIBRARY_CONTEXT] = LibraryContext(app[DATABASE], app[STORAGE], app[PROGRESS_FEED])
    app[VISIBILITY] = Visibility(app[DATABASE], app[SETTINGS].stale_seconds)
    app[ON_VIDEO_CHANGE] = [
        app[VISIBILITY].forget,
        lambda _: app[VIDEO_LIST].forget(),
        lambda _: app[FILM_ROWS].forget(),
    ]

    def on_change(video_id: int | None) -> None:
        for call in app[ON_VIDEO_CHANGE]:
            call(video_id)

    async with listening(app[SETTINGS], {"videos": on_change, "accounts": app[GUARD].forget_account}):
        yield


async def end_streams(app: web.Application) -> None:
    """Called before the server waits for requests to finish: an event stream would never do so."""
    app[PROGRESS_FEED].stop()
