"""Captions that administrators add to a video or remove."""

import asyncio

from aiohttp import web

from videoflix.accounts.resources import SESSION
from videoflix.errors import InvalidFields, NotFound
from videoflix.http import bodies, paging
from videoflix.http.access import admin
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE
from videoflix.library import languages
from videoflix.library.actions import lock_video, record
from videoflix.library.adding import read_captions
from videoflix.library.models import CaptionKind
from videoflix.library.queries import captions


@admin
async def add(request: web.Request) -> web.Response:
    """SRT or WebVTT as the body, in any encoding; language and kind in the query."""
    user_id, video, told = request[SESSION].user_id, path_id(request), request.query.get("language", "")
    language = languages.tag(told)
    if language is None and told not in ("", languages.UNKNOWN):
        raise InvalidFields({"language": "This is not a language. Please use a tag such as de or pt-BR."})
    kind = CaptionKind(paging.choice(request, "kind", list(CaptionKind)) or CaptionKind.FULL)
    one = await asyncio.to_thread(read_captions, await bodies.body(request), language, kind)
    async with request.app[DATABASE].transaction() as connection:
        text = await lock_video(connection, video)
        number = await captions.insert(connection, video, one)
        await record(connection, user_id, "captions.add", video, text, language=one.language, kind=kind)
    return bodies.answer({"id": number, "language": one.language, "kind": kind, "name": one.name}, status=201)


@admin
async def remove(request: web.Request) -> web.Response:
    user_id, video, number = request[SESSION].user_id, path_id(request), path_id(request, "number")
    async with request.app[DATABASE].transaction() as connection:
        text = await lock_video(connection, video)
        language = await captions.remove(connection, video, number)
        if language is None:
            raise NotFound
        await record(connection, user_id, "captions.delete", video, text, language=language)
    return web.Response(status=204)
