"""Subtitles that administrators bring to a video, or take away."""

import asyncio

from aiohttp import web

from videoflix import languages
from videoflix.db import captions
from videoflix.errors import InvalidFields, NotFound
from videoflix.intake import read_captions
from videoflix.models import CaptionKind
from videoflix.web import payload
from videoflix.web.access import admin
from videoflix.web.admin import deeds, paging
from videoflix.web.keys import DATABASE
from videoflix.web.tracks import number_of
from videoflix.web.videos import video_id


@admin
async def add(request: web.Request) -> web.Response:
    """SRT or WebVTT as the body, in whatever encoding; language and kind stand in the query."""
    video, told = video_id(request), request.query.get("language", "")
    language = languages.tag(told)
    if language is None and told not in ("", languages.UNKNOWN):
        raise InvalidFields({"language": "This is no language; a tag like de or pt-BR is."})
    kind = CaptionKind(paging.choice(request, "kind", list(CaptionKind)) or CaptionKind.FULL)
    one = await asyncio.to_thread(read_captions, await payload.body(request), language, kind)
    async with request.app[DATABASE].transaction() as connection:
        words = await deeds.held(connection, video)
        number = await captions.insert(connection, video, one)
        await deeds.record(request, connection, "captions.add", video, words, language=one.language, kind=kind)
    return payload.answer({"id": number, "language": one.language, "kind": kind, "name": one.name}, status=201)


@admin
async def remove(request: web.Request) -> web.Response:
    video, number = video_id(request), number_of(request)
    async with request.app[DATABASE].transaction() as connection:
        words = await deeds.held(connection, video)
        language = await captions.remove(connection, video, number)
        if language is None:
            raise NotFound
        await deeds.record(request, connection, "captions.delete", video, words, language=language)
    return web.Response(status=204)
