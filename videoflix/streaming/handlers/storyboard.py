"""Serves storyboards: the small preview images that players show above the scrub bar, and their cues."""

from aiohttp import web

from videoflix.encoding.storyboard import SHEET
from videoflix.errors import NotFound
from videoflix.http.access import guest
from videoflix.http.operations import Media, Parameter, operation
from videoflix.http.published import published
from videoflix.http.responses import REVALIDATE
from videoflix.storage import names
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
async def cues(request: web.Request) -> web.StreamResponse:
    """WebVTT cues that map each interval of the film to a region of a sheet."""
    _, folder = await _storyboard(request)
    return await published(request, f"{folder}/{names.CUES}", "text/vtt; charset=utf-8", REVALIDATE)


@operation(
    "Get a sheet of the storyboard", Media("image/jpeg"), has_ranges=True, parameters=(SHEET_NAME, VERSION_PARAMETER)
)
@guest
async def sheet(request: web.Request) -> web.StreamResponse:
    """A JPEG with a grid of preview images."""
    name = request.match_info["sheet"]
    if not SHEET.fullmatch(name):
        raise NotFound
    film, folder = await _storyboard(request)
    return await published(request, f"{folder}/{name}", "image/jpeg", caching_for(request, str(film.version)))


async def _storyboard(request: web.Request) -> tuple[Film, str]:
    """The film and the folder of its storyboard. Raises NotFound if it has none."""
    film = await current_film(request)
    if not film.has_storyboard:
        raise NotFound
    return film, names.storyboard(film.video_id, film.version)
