"""Serves storyboards: the small preview images that players show above the scrub bar, and their cues."""

from pathlib import Path

from aiohttp import web

from videoflix.encoding.storyboard import CUES, SHEET
from videoflix.errors import NotFound
from videoflix.http.access import guest
from videoflix.http.operations import Media, Parameter, operation
from videoflix.http.resources import STORAGE
from videoflix.http.responses import REVALIDATE, file
from videoflix.streaming.handlers.addresses import VERSION_PARAMETER, caching_for, current_film
from videoflix.streaming.models import Film

SHEET_NAME = Parameter(
    name="sheet",
    description="The file name of the sheet, as the cues name it.",
    schema={"type": "string", "pattern": f"^{SHEET.pattern}$"},
    example="000.jpg",
    place="path",
)


@operation("Get the cues of the storyboard", Media("text/vtt", "WEBVTT\n"), has_ranges=True)
@guest
async def cues(request: web.Request) -> web.FileResponse:
    """WebVTT cues that map each interval of the film to a region of a sheet."""
    _, folder = await _storyboard(request)
    return _published(folder / CUES, "text/vtt; charset=utf-8", REVALIDATE)


@operation(
    "Get a sheet of the storyboard", Media("image/jpeg"), has_ranges=True, parameters=(SHEET_NAME, VERSION_PARAMETER)
)
@guest
async def sheet(request: web.Request) -> web.FileResponse:
    """A JPEG with a grid of preview images."""
    name = request.match_info["sheet"]
    if not SHEET.fullmatch(name):
        raise NotFound
    film, folder = await _storyboard(request)
    return _published(folder / name, "image/jpeg", caching_for(request, str(film.version)))


async def _storyboard(request: web.Request) -> tuple[Film, Path]:
    """The film and the folder of its storyboard. Raises NotFound if it has none."""
    film = await current_film(request)
    if not film.has_storyboard:
        raise NotFound
    return film, request.app[STORAGE].storyboard(film.video_id, film.version)


def _published(path: Path, content_type: str, caching: str) -> web.FileResponse:
    """Raises NotFound if the file is missing."""
    if not path.is_file():
        raise NotFound
    return file(path, content_type, caching)
