"""Checks that the video in the path may be seen by who asks for it."""

from aiohttp import web

from videoflix.accounts.resources import SESSION
from videoflix.errors import NotFound
from videoflix.http.paths import path_id
from videoflix.library.resources import VISIBILITY


async def check_visible(request: web.Request) -> None:
    """Raises NotFound: that there is a hidden video is not told."""
    if not await request.app[VISIBILITY].can_see(request[SESSION].viewer, path_id(request)):
        raise NotFound
