"""Captions that administrators add to a video or remove."""

import asyncio

from aiohttp import web

from videoflix.errors import InvalidFields, NotFound
from videoflix.http import bodies, paging
from videoflix.http.access import admin
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE
from videoflix.library import editing, languages
from videoflix.library.adding import read_captions
from videoflix.library.models import CaptionKind
from videoflix.library.queries import captions


@admin
async def add(request: web.Request) -> web.Response:
    """SRT or WebVTT as the body, in any encoding; language and kind in the query."""
    video, told = path_id(request), request.query.get("language", "")
    language = languages.tag(told)
    if language is None and told not in ("", languages.UNKNOWN):
        raise InvalidFields({"language": "This is no language; a tag like de or pt-BR is."})
    kind = CaptionKind(paging.choice(request, "kind", list(CaptionKind)) or CaptionKind.FULL)
    one = await asyncio.to_thread(read_captions, await bodies.body(request), language, kind)
    async with request.app[DATABASE].transaction() as connection:
        words = await editing.lock_video(connection, video)
        number = await captions.insert(connection, video, one)
        await editing.record(request, connection, "captions.add", video, words, language=one.language, kind=kind)
    return bodies.answer({"id": number, "language": one.language, "kind": kind, "name": one.name}, status=201)


@admin
async def remove(request: web.Request) -> web.Response:
    video, number = path_id(request), path_id(request, "number")
    async with request.app[DATABASE].transaction() as connection:
        words = await editing.lock_video(connection, video)
        language = await captions.remove(connection, video, number)
        if language is None:
            raise NotFound
        await editing.record(request, connection, "captions.delete", video, words, language=language)
    return web.Response(status=204)
