"""Serves the thumbnail of a video, or a placeholder until it has one."""

from pathlib import Path

from aiohttp import web

from videoflix.accounts.resources import SESSION
from videoflix.errors import NotFound
from videoflix.http.access import guest
from videoflix.http.operations import Media, choice, operation, text
from videoflix.http.paths import path_id
from videoflix.http.published import published
from videoflix.http.resources import DATABASE
from videoflix.http.responses import REVALIDATE, file
from videoflix.library.handlers.visible import check_visible
from videoflix.library.queries import videos
from videoflix.storage import names
from videoflix.storage.names import THUMBNAIL_WIDTH, THUMBNAIL_WIDTHS, thumbnail_widths
from videoflix.streaming.handlers.addresses import caching_for
from videoflix.streaming.resources import FILM_CACHE

WIDTHS = {"": THUMBNAIL_WIDTH, **{str(width): width for width in THUMBNAIL_WIDTHS}}
PLACEHOLDER = Path(__file__).parent.parent / "static" / "placeholder.svg"


@operation(
    "Get the thumbnail",
    (Media("image/jpeg"), Media("image/svg+xml")),
    has_ranges=True,
    parameters=(
        choice("width", tuple(map(str, THUMBNAIL_WIDTHS)), "How wide it is at most, in pixels; 640 by default."),
        text("v", "The version of the thumbnail. With it, the answer never changes.", "1"),
    ),
)
@guest
async def thumbnail(request: web.Request) -> web.StreamResponse:
    """At most as wide as `?width=`. Raises NotFound if nothing is stored in such a width."""
    width = _requested_width(request)
    await check_visible(request)
    film = await request.app[FILM_CACHE].film(path_id(request))
    if film is None:
        await _check_unpublished(request)
    if film is None or not film.thumbnail:
        return file(PLACEHOLDER, "image/svg+xml", REVALIDATE)
    if width not in thumbnail_widths(film.thumbnail_width):
        width = THUMBNAIL_WIDTH
    name = names.thumbnail(film.video_id, film.version, film.thumbnail, width)
    return await published(request, name, "image/jpeg", caching_for(request, film.thumbnail_version))


def _requested_width(request: web.Request) -> int:
    """Raises NotFound for a width that thumbnails do not have."""
    try:
        return WIDTHS[request.query.get("width", "")]
    except KeyError:
        raise NotFound from None


async def _check_unpublished(request: web.Request) -> None:
    """Only administrators may see that a video exists before it can be played. Raises NotFound."""
    if not request[SESSION].is_staff:
        raise NotFound
    async with request.app[DATABASE].connection() as connection:
        if not await videos.exists(connection, path_id(request)):
            raise NotFound
