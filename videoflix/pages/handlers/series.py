"""The page of a series: with which episode the viewer goes on, and the episodes of one of its seasons."""

from aiohttp import web

from videoflix.http.access import guest
from videoflix.pages.handlers.rendering import page
from videoflix.watching.handlers.series import find


@guest
async def show(request: web.Request) -> web.Response:
    """`?season=` chooses the season; by default it is that of the episode with which the viewer goes on."""
    series = await find(request)
    asked = request.query.get("season", "")
    seasons = {str(one.season): one for one in series.seasons}
    shown = seasons.get(asked) or seasons[str(series.next.season)]
    return page(request, "series.html", series=series, shown=shown)
