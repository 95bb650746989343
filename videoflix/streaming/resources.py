"""The application's caches for players: films in memory and open files, invalidated when a video changes; and what
signs addresses at a CDN."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from videoflix.http.resources import DATABASE, SETTINGS, STORAGE
from videoflix.library.resources import ON_VIDEO_CHANGE
from videoflix.server.descriptors import max_files
from videoflix.storage import names
from videoflix.streaming.files import OpenFiles
from videoflix.streaming.film_cache import FilmCache
from videoflix.streaming.signing import Signer, signer_of

FILES = web.AppKey("files", OpenFiles)
FILM_CACHE = web.AppKey("film_cache", FilmCache)
# None unless a CDN sends segments.
SIGNER = web.AppKey[Signer | None]("signer")


@asynccontextmanager
async def lifespan(app: web.Application) -> AsyncIterator[None]:
    app[SIGNER] = signer_of(app[SETTINGS])
    app[FILES] = OpenFiles(lambda key: app[STORAGE].path(names.segment(*key)), max_files())
    app[FILM_CACHE] = FilmCache(app[DATABASE], app[SETTINGS].stale_seconds)

    def forget(video_id: int | None) -> None:
        app[FILM_CACHE].forget(video_id)
        app[FILES].forget(video_id)

    app[ON_VIDEO_CHANGE].append(forget)
    yield
    app[FILES].forget()
