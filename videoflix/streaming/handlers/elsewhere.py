"""Lets another server send a file, if DELIVERY says so."""

from collections.abc import Mapping

from aiohttp import web

from videoflix.http.resources import SETTINGS
from videoflix.storage import names

ACCEL, PROTECTED = "X-Accel-Redirect", "/protected/films/"


def sent_elsewhere(request: web.Request, name: str, headers: Mapping[str, str]) -> web.Response | None:
    """The answer that makes nginx send a published file of a film, with these headers; None if the web server sends
    it. A CDN sends those whose addresses are in playlists, and the web server the others."""
    if request.app[SETTINGS].delivery != "nginx":
        return None
    return web.Response(headers={**headers, ACCEL: PROTECTED + names.below_films(name)})
