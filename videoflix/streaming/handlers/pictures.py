"""The pictures beside a film: its thumbnail, and the storyboard that players show over the scrub bar."""

from pathlib import Path

from aiohttp import web

from videoflix.accounts.resources import SESSION
from videoflix.encoding.storyboard import CUES, SHEET
from videoflix.errors import NotFound
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE, STORAGE
from videoflix.http.responses import IMMUTABLE, REVALIDATE, file
from videoflix.library.queries import videos
from videoflix.streaming.models import Film
from videoflix.streaming.resources import FILM_CACHE

PLACEHOLDER = Path(__file__).parent.parent / "static" / "placeholder.svg"


async def thumbnail(request: web.Request) -> web.FileResponse:
    film = await request.app[FILM_CACHE].film(path_id(request))
    if film is None:
        await _check_unpublished(request)
    if film is None or not film.thumbnail:
        return file(PLACEHOLDER, "image/svg+xml", REVALIDATE)
    path = request.app[STORAGE].thumbnail(film.video_id, film.version, film.thumbnail)
    return file(path, "image/jpeg", _caching(request, film.picture))


async def storyboard(request: web.Request) -> web.FileResponse:
    """The cues: which part of which sheet shows the film at what time."""
    _, folder = await _storyboard(request)
    return _published(folder / CUES, "text/vtt; charset=utf-8", REVALIDATE)


async def sheet(request: web.Request) -> web.FileResponse:
    name = request.match_info["sheet"]
    if not SHEET.fullmatch(name):
        raise NotFound
    film, folder = await _storyboard(request)
    return _published(folder / name, "image/jpeg", _caching(request, str(film.version)))


async def _check_unpublished(request: web.Request) -> None:
    """Only an admin may see that a video exists before it can be played. Raises NotFound."""
    if not request[SESSION].is_staff:
        raise NotFound
    async with request.app[DATABASE].connection() as connection:
        if not await videos.exists(connection, path_id(request)):
            raise NotFound


async def _storyboard(request: web.Request) -> tuple[Film, Path]:
    """The film, and the folder of its storyboard. Raises NotFound if it has none."""
    film = await request.app[FILM_CACHE].film(path_id(request))
    if film is None or not film.has_storyboard:
        raise NotFound
    return film, request.app[STORAGE].storyboard(film.video_id, film.version)


def _published(path: Path, content_type: str, caching: str) -> web.FileResponse:
    if not path.is_file():
        raise NotFound
    return file(path, content_type, caching)


def _caching(request: web.Request, version: str) -> str:
    """An address that names the version that is served always leads to the same picture."""
    return IMMUTABLE if request.query.get("v") == version else REVALIDATE
