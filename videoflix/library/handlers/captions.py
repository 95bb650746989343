"""Captions that administrators add to a video or remove."""

import asyncio

from aiohttp import web
from msgspec import Struct

from videoflix.accounts.resources import SESSION
from videoflix.errors import InvalidCaptions, InvalidFields, NotFound
from videoflix.http import bodies, paging
from videoflix.http.access import admin
from videoflix.http.operations import Media, choice, operation, text
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE
from videoflix.library import languages
from videoflix.library.actions import lock_video, record
from videoflix.library.adding import read_captions
from videoflix.library.models import CaptionKind
from videoflix.library.queries import captions

CAPTIONS = "WEBVTT\n\n00:01.000 --> 00:04.000\nHello.\n"


class AddedCaptions(Struct, frozen=True):
    id: int
    language: str
    kind: CaptionKind
    name: str


@operation(
    "Add captions",
    AddedCaptions,
    status=201,
    body=(Media("text/vtt", CAPTIONS), Media("application/x-subrip")),
    errors=(InvalidFields, InvalidCaptions),
    parameters=(
        text("language", "The language as a tag, a code or a name; `und` if it is unknown.", "de"),
        choice(
            "kind", tuple(CaptionKind), "Full captions, those for foreign speech only, or for the hard of hearing."
        ),
    ),
)
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
        before = await lock_video(connection, video)
        number = await captions.insert(connection, video, one)
        assert number is not None  # only captions of an encode can be there already
        await record(connection, user_id, "captions.add", video, before, language=one.language, kind=kind)
    return bodies.answer(AddedCaptions(number, one.language, kind, one.name), status=201)


@operation("Remove captions")
@admin
async def remove(request: web.Request) -> web.Response:
    user_id, video, number = request[SESSION].user_id, path_id(request), path_id(request, "number")
    async with request.app[DATABASE].transaction() as connection:
        before = await lock_video(connection, video)
        language = await captions.remove(connection, video, number)
        if language is None:
            raise NotFound
        await record(connection, user_id, "captions.delete", video, before, language=language)
    return web.Response(status=204)
