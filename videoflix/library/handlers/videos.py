"""The list of videos, and everything about one."""

from aiohttp import web

from videoflix.accounts.resources import SESSION
from videoflix.errors import NotFound
from videoflix.http.access import guest
from videoflix.http.conditions import matches
from videoflix.http.forwarded import base_url
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE
from videoflix.http.responses import accepts_gzip
from videoflix.library.queries import videos
from videoflix.library.resources import VIDEO_LIST


async def listing(request: web.Request) -> web.Response:
    films = await request.app[VIDEO_LIST].get(base_url(request), request[SESSION].viewer)
    headers = {"ETag": films.etag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if matches(request.headers.get("If-None-Match"), films.etag):
        return web.Response(status=304, headers=headers)
    body = films.text
    if films.compressed and accepts_gzip(request):
        headers["Content-Encoding"] = "gzip"
        body = films.compressed
    headers["Content-Type"] = "application/json; charset=utf-8"
    return web.Response(body=body, headers=headers)


@guest
async def detail(request: web.Request) -> web.Response:
    async with request.app[DATABASE].connection() as connection:
        text = await videos.detail(connection, path_id(request), base_url(request), request[SESSION].viewer)
    if text is None:
        raise NotFound
    return web.json_response(text=text)
