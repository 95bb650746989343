"""The home page, the page of a film, and the player."""

from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import quote

import msgspec
from aiohttp import web
from msgspec import Struct

from videoflix.accounts.resources import SESSION
from videoflix.db.pool import Connection
from videoflix.errors import NotFound
from videoflix.http import bodies
from videoflix.http.access import form
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE
from videoflix.library.metadata import unescape_html
from videoflix.library.queries import videos
from videoflix.library.resources import VIDEO_LIST
from videoflix.pages.handlers import preferences
from videoflix.pages.handlers.forms import local_address
from videoflix.pages.handlers.rendering import page, see_other
from videoflix.pages.translations import gettext
from videoflix.streaming.models import Film
from videoflix.streaming.resources import FILM_CACHE
from videoflix.watching import cards, queries
from videoflix.watching.handlers import lists, progress
from videoflix.watching.models import ViewerCard
from videoflix.watching.resources import RECORDER

ROW_LENGTH = 20
MORE_LENGTH = 12


class Row(Struct, frozen=True):
    """A row of the home page. `address` is the page with all of its films."""

    title: str
    films: list[ViewerCard]
    address: str = ""
    is_continued: bool = False


class Listed(Struct, frozen=True):
    """A film in the list of all films."""

    id: int
    category: str


class ListForm(Struct, frozen=True):
    wanted: str = ""
    back: str = "/"


async def home(request: web.Request) -> web.Response:
    user_id = request[SESSION].user_id
    films = await all_films(request)
    await request.app[RECORDER].flush(user_id)
    async with request.app[DATABASE].connection() as connection:
        rows = [*await _own_rows(connection, user_id), *await _library_rows(connection, user_id, films)]
        hero = await cards.cards_for(connection, user_id, [film.id for film in films[:1]])
    return page(request, "home.html", hero=hero[0] if hero else None, rows=rows)


async def film(request: web.Request) -> web.Response:
    detail, state = await _detail(request), await _state(request)
    playable = await request.app[FILM_CACHE].film(path_id(request))
    films = await all_films(request)
    near = [each.id for each in films if each.category == detail["category"] and each.id != detail["id"]]
    async with request.app[DATABASE].connection() as connection:
        more = await cards.cards_for(connection, request[SESSION].user_id, near[:MORE_LENGTH])
    return page(
        request,
        "film.html",
        film=detail,
        state=state,
        more=more,
        is_playable=playable is not None,
        is_complete=detail["status"] == "ready",
        done=detail["progress"],
        resolutions=[each["resolution"] for each in detail["rungs"]],
        captions=list(dict.fromkeys(each["name"] for each in detail["captions"])),
        audio_tracks=_audio_names(playable),
    )


async def watch(request: web.Request) -> web.Response:
    """The player. `?t=` is where it starts, in seconds; by default where the viewer stopped."""
    detail, state = await _detail(request), await _state(request)
    if state is None:
        raise NotFound
    asked = request.query.get("t", "")
    start = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else state.resume_at or 0
    following = [each.id for each in await all_films(request) if each.category == detail["category"]]
    later = following[following.index(detail["id"]) + 1 :] if detail["id"] in following else []
    async with request.app[DATABASE].connection() as connection:
        upcoming = await cards.cards_for(connection, request[SESSION].user_id, later[:1])
    return page(
        request,
        "watch.html",
        is_player=True,
        captions=preferences.captions(request),
        film=detail,
        start=start,
        upcoming=upcoming[0] if upcoming else None,
        is_complete=detail["status"] == "ready",
    )


@form
async def change_list(request: web.Request) -> web.Response:
    """Add a film to the viewer's list, or remove it."""
    asked = await bodies.read(request, ListForm)
    await (lists.add(request) if asked.wanted == "yes" else lists.remove(request))
    return see_other(local_address(asked.back))


async def all_films(request: web.Request) -> list[Listed]:
    """All films that can be played, newest first."""
    listing = await request.app[VIDEO_LIST].get("")
    return msgspec.json.decode(listing.text, type=list[Listed])


async def _own_rows(connection: Connection, user_id: int) -> list[Row]:
    """The films to continue and the viewer's list, if there are any."""
    continued, _ = await queries.continuing(connection, user_id, datetime.now(UTC), ROW_LENGTH)
    listed, _ = await queries.my_list(connection, user_id, ROW_LENGTH)
    rows = [
        Row(gettext("Continue watching"), await cards.viewer_cards(connection, continued), is_continued=True),
        Row(gettext("My list"), await cards.viewer_cards(connection, listed), "/list/"),
    ]
    return [row for row in rows if row.films]


async def _library_rows(connection: Connection, user_id: int, films: list[Listed]) -> list[Row]:
    """The newest films, and a row for each category."""
    shown = {gettext("New"): ("", [each.id for each in films[:ROW_LENGTH]])}
    ordered = sorted(((each.category, each.id) for each in films), key=lambda pair: pair[0].casefold())
    for category, pairs in groupby(ordered, key=itemgetter(0)):
        name = unescape_html(category)
        shown[name] = (f"/category/{quote(name, safe='')}/", [number for _, number in pairs][:ROW_LENGTH])
    wanted = list({number for _, numbers in shown.values() for number in numbers})
    found = {each.id: each for each in await cards.cards_for(connection, user_id, wanted)}
    return [
        Row(title, [found[number] for number in numbers if number in found], address)
        for title, (address, numbers) in shown.items()
    ]


async def _detail(request: web.Request) -> dict[str, Any]:
    """Everything about the film in the path. Raises NotFound."""
    async with request.app[DATABASE].connection() as connection:
        text = await videos.detail(connection, path_id(request), "", for_admin=request[SESSION].is_staff)
    if text is None:
        raise NotFound
    detail: dict[str, Any] = msgspec.json.decode(text)
    return detail


async def _state(request: web.Request) -> ViewerCard | None:
    """What the viewer has done with the film in the path; None if it cannot be played."""
    user_id, video_id = progress.watched_key(request)
    await request.app[RECORDER].flush(user_id)
    async with request.app[DATABASE].connection() as connection:
        found = await cards.cards_for(connection, user_id, [video_id])
    return found[0] if found else None


def _audio_names(playable: Film | None) -> list[str]:
    """The languages to choose from; with a single track there is nothing to say."""
    tracks = playable.audio_tracks if playable else ()
    return [track.name for track in tracks] if len(tracks) > 1 else []
