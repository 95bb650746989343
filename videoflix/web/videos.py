"""The list of films, and everything about one."""

import re

from aiohttp import web

from videoflix.db import videos
from videoflix.errors import NotFound
from videoflix.web.keys import DATABASE, SESSION


async def listing(request: web.Request) -> web.Response:
    async with request.app[DATABASE].connection() as connection:
        text = await videos.listing(connection, base_url(request))
    return web.json_response(text=text)


async def detail(request: web.Request) -> web.Response:
    async with request.app[DATABASE].connection() as connection:
        text = await videos.detail(
            connection, video_id(request), base_url(request), for_admin=request[SESSION].is_staff
        )
    if text is None:
        raise NotFound
    return web.json_response(text=text)


def video_id(request: web.Request) -> int:
    """The number in the path. Raises NotFound for what cannot be one."""
    text = request.match_info["id"]
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text, re.ASCII):
        raise NotFound
    return int(text)


def base_url(request: web.Request) -> str:
    """The address that the client used for this server."""
    return f"{request.scheme}://{request.host}"
