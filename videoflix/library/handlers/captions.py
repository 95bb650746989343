"""Captions that administrators add to a video, read, relabel or remove."""

import asyncio
from pathlib import PurePath

from aiohttp import web
from msgspec import Struct

from videoflix.accounts.resources import SESSION
from videoflix.errors import InvalidCaptions, InvalidFields, NotFound
from videoflix.http import bodies, paging
from videoflix.http.access import admin
from videoflix.http.operations import Media, choice, operation, text
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE
from videoflix.library import caption_names, languages
from videoflix.library.actions import lock_video, record
from videoflix.library.adding import read_captions
from videoflix.library.caption_names import in_file_name
from videoflix.library.models import CaptionKind
from videoflix.library.queries import captions

CAPTIONS = "WEBVTT\n\n00:01.000 --> 00:04.000\nHello.\n"


class AddedCaptions(Struct, frozen=True):
    id: int
    language: str
    kind: CaptionKind
    name: str


class CaptionLabels(Struct, frozen=True):
    """The language is a tag, a code or a name; `und` if it is unknown."""

    language: str
    kind: CaptionKind


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
        text("filename", "The name of the file, for the language and the kind if they are not given.", "film.de.srt"),
    ),
)
@admin
async def add(request: web.Request) -> web.Response:
    """SRT or WebVTT as the body, in any encoding; language and kind in the query, or in the name of the file."""
    user_id, video = request[SESSION].user_id, path_id(request)
    named = in_file_name(PurePath(request.query.get("filename", "")).stem)
    told = request.query.get("language", "")
    language = _language(told) if told else named.language
    kind = CaptionKind(paging.choice(request, "kind", list(CaptionKind)) or named.kind)
    one = await asyncio.to_thread(read_captions, await bodies.body(request), language, kind)
    async with request.app[DATABASE].transaction() as connection:
        before = await lock_video(connection, video)
        number = await captions.insert(connection, video, one)
        assert number is not None  # only captions of an encode can be there already
        await record(connection, user_id, "captions.add", video, before, language=one.language, kind=kind)
    return bodies.answer(AddedCaptions(number, one.language, kind, one.name), status=201)


@operation("Read captions", Media("text/vtt", CAPTIONS))
@admin
async def show(request: web.Request) -> web.Response:
    """As they are stored, also for a video that cannot be played yet."""
    async with request.app[DATABASE].connection() as connection:
        found = await captions.text(connection, path_id(request), path_id(request, "number"))
    if found is None:
        raise NotFound
    return web.Response(text=found, content_type="text/vtt")


@operation("Correct language and kind of captions", AddedCaptions, body=CaptionLabels, errors=(InvalidFields,))
@admin
async def relabel(request: web.Request) -> web.Response:
    """Captions of an original are as they were when that is encoded again."""
    user_id, video, number = request[SESSION].user_id, path_id(request), path_id(request, "number")
    given = await bodies.read(request, CaptionLabels)
    language = _language(given.language) or languages.UNKNOWN
    name = caption_names.name(None if language == languages.UNKNOWN else language, given.kind)
    async with request.app[DATABASE].transaction() as connection:
        before = await lock_video(connection, video)
        if not await captions.relabel(connection, video, number, language, given.kind, name):
            raise NotFound
        await record(connection, user_id, "captions.edit", video, before, language=language, kind=given.kind)
    return bodies.answer(AddedCaptions(number, language, given.kind, name))


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


def _language(text: str) -> str | None:
    """The tag of a language, None for an unknown one. Raises InvalidFields."""
    language = languages.tag(text)
    if language is None and text != languages.UNKNOWN:
        raise InvalidFields({"language": "This is not a language. Please use a tag such as de or pt-BR."})
    return language
