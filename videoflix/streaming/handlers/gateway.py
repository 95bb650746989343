"""For the nginx of deploy/nginx.conf.template: whether a viewer may have a segment, and where it lies."""

from aiohttp import web

from videoflix.errors import NotFound
from videoflix.http.resources import STORAGE
from videoflix.streaming.handlers.video import find, is_published


async def verdict(request: web.Request) -> web.Response:
    """The session has been checked on the way here. A verdict with a folder is good for all segments in it, for as
    long as nginx keeps it: a complete film has its files, and others are not there.

    A film that grows is asked for anew with each segment. Its later units may lie there before earlier ones, and are
    not served before they are in the playlist. A verdict without a folder sends nginx to ask for the segment
    itself, so that it is answered, and made next, as always.
    """
    try:
        film, key = await find(request)
    except NotFound:
        return _verdict()
    if not is_published(film, key):
        return _verdict()
    video_id, version, label, _ = key
    folder = request.app[STORAGE].within_films(request.app[STORAGE].rung(video_id, version, label))
    return _verdict(folder, lasts=film.is_complete or version != film.version)


def _verdict(folder: str = "", *, lasts: bool = False) -> web.Response:
    headers = {"X-Film-Path": folder} if folder else {}
    if not lasts:
        headers["X-Accel-Expires"] = "0"
    return web.Response(status=204, headers=headers)
