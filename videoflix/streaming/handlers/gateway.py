"""Answers the auth_request of nginx (deploy/nginx.conf.template): may this viewer have a segment, and where is it?"""

from aiohttp import web

from videoflix.errors import NotFound
from videoflix.http.access import guest
from videoflix.storage import names
from videoflix.streaming.handlers.video import find_segment, is_published


@guest
async def verdict(request: web.Request) -> web.Response:
    """The folder of the segment in X-Film-Path, and in X-Accel-Expires whether nginx may cache the answer.

    The session has been checked before this handler runs. The folder of a complete film is valid for all of its
    segments, so nginx may cache the answer.

    For a film that is still being encoded nginx asks again for each segment: files of later units may already be on
    the disk, but are not served before the playlist lists them. Without a folder nginx requests the segment from the
    web process, which answers with 404 and has it encoded next.
    """
    try:
        film, key = await find_segment(request)
    except NotFound:
        return _verdict()
    if not is_published(film, key):
        return _verdict()
    video_id, version, label, _ = key
    folder = names.below_films(names.rendition(video_id, version, label))
    return _verdict(folder, is_cacheable=film.is_complete or version != film.version)


def _verdict(folder: str = "", *, is_cacheable: bool = False) -> web.Response:
    headers = {"X-Film-Path": folder} if folder else {}
    if not is_cacheable:
        headers["X-Accel-Expires"] = "0"
    return web.Response(status=204, headers=headers)
