"""The home page, the page of a film, and the player."""

from typing import Any

import msgspec
from aiohttp import web
from msgspec import Struct

from videoflix.accounts.models import ADULT, GuestTarget, Profile
from videoflix.accounts.resources import SESSION
from videoflix.db import clock
from videoflix.errors import NotFound
from videoflix.http import bodies
from videoflix.http.access import form, guest
from videoflix.http.paths import path_id
from videoflix.http.resources import DATABASE, SETTINGS
from videoflix.library.queries import cards as library_cards
from videoflix.library.queries import series, videos
from videoflix.library.resources import FILM_ROWS
from videoflix.pages.handlers.forms import local_address
from videoflix.pages.handlers.rendering import page, see_other
from videoflix.streaming.models import Film
from videoflix.streaming.resources import FILM_CACHE
from videoflix.watching.cards import cards_for
from videoflix.watching.handlers import lists
from videoflix.watching.home import home as home_of
from videoflix.watching.models import REPORT_SECONDS, REPORT_SECONDS_WITH_CDN, ViewerCard
from videoflix.watching.resources import RECORDER

MORE_LENGTH = 12

Detail = dict[str, Any]


class ListForm(Struct, frozen=True):
    wanted: str = ""
    back: str = "/"


@guest
async def home(request: web.Request) -> web.Response:
    """The rows of films. Guests are led to the one film or series that they may see."""
    session, app = request[SESSION], request.app
    if session.is_guest:
        return see_other(GuestTarget(session.viewer.video_id, session.viewer.series_id).address)
    await app[RECORDER].flush(session.profile_id)
    found = await home_of(app[DATABASE], app[FILM_ROWS], session, clock.now())
    return page(request, "home.html", hero=found.hero, rows=found.rows)


@guest
async def film(request: web.Request) -> web.Response:
    detail, state = await _detail(request), await _state(request)
    playable = await request.app[FILM_CACHE].film(path_id(request))
    return page(
        request,
        "film.html",
        film=detail,
        state=state,
        more=await _more(request, detail),
        is_complete=playable is not None and playable.is_complete,
        is_failed=playable is None and detail["status"] == "failed",
        done=detail["progress"],
        resolutions=[each["resolution"] for each in detail["rungs"]],
        captions=list(dict.fromkeys(each["name"] for each in detail["captions"])),
        audio_tracks=_audio_names(playable),
    )


@guest
async def watch(request: web.Request) -> web.Response:
    """The player. `?t=` is where it starts, in seconds; by default where the viewer stopped.

    The next episode of a series follows by itself, if the viewer wants that. At the end of a film the next one of the
    category is there to choose.
    """
    detail, state = await _detail(request), await _state(request)
    if state is None:
        raise NotFound
    asked = request.query.get("t", "")
    start = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else state.resume_at or 0
    previous, following = await _neighbours(request, detail)
    return page(
        request,
        "watch.html",
        is_player=True,
        captions=_preferences(request),
        film=detail,
        start=start,
        every=REPORT_SECONDS_WITH_CDN if request.app[SETTINGS].delivery == "cdn" else REPORT_SECONDS,
        previous=previous,
        upcoming=following,
        plays_on=bool(following and following.series_id) and _preferences(request).plays_on,
    )


@form
async def change_list(request: web.Request) -> web.Response:
    """Add a film to the viewer's list, or remove it."""
    asked = await bodies.read(request, ListForm)
    await (lists.add(request) if asked.wanted == "yes" else lists.remove(request))
    return see_other(local_address(asked.back))


async def _cards(request: web.Request, video_ids: list[int]) -> list[ViewerCard]:
    async with request.app[DATABASE].connection() as connection:
        return await cards_for(connection, request[SESSION], video_ids)


async def _more(request: web.Request, detail: Detail) -> list[ViewerCard]:
    """The newest films and series of the same category, without this one."""
    session = request[SESSION]
    async with request.app[DATABASE].connection() as connection:
        ids, _ = await library_cards.films(connection, session.viewer, detail["category"], MORE_LENGTH + 1)
        found = await cards_for(connection, session, ids, whole_series=True)
    return [card for card in found if not _is_part(card, detail)][:MORE_LENGTH]


async def _neighbours(request: web.Request, detail: Detail) -> tuple[ViewerCard | None, ViewerCard | None]:
    """The episodes before and after an episode; of another film only what comes after it in its category."""
    viewer = request[SESSION].viewer
    async with request.app[DATABASE].connection() as connection:
        previous, following = (
            await series.neighbours(connection, viewer, detail["id"])
            if detail["series"]
            else (None, await library_cards.older_of_category(connection, viewer, detail["id"]))
        )
    known = {card.id: card for card in await _cards(request, [one for one in (previous, following) if one])}
    return known.get(previous or 0), known.get(following or 0)


def _is_part(card: ViewerCard, detail: Detail) -> bool:
    """Whether a card is that of a film, or of the series that it belongs to."""
    return card.id == detail["id"] or (bool(detail["series"]) and card.series_id == detail["series"]["id"])


async def _detail(request: web.Request) -> Detail:
    """Everything about the film in the path. Raises NotFound."""
    async with request.app[DATABASE].connection() as connection:
        text = await videos.detail(connection, path_id(request), "", request[SESSION].viewer)
    if text is None:
        raise NotFound
    return msgspec.json.decode(text, type=Detail)


async def _state(request: web.Request) -> ViewerCard | None:
    """What the viewer has done with the film in the path; None if it cannot be played."""
    if not request[SESSION].is_guest:
        await request.app[RECORDER].flush(request[SESSION].profile_id)
    return next(iter(await _cards(request, [path_id(request)])), None)


def _preferences(request: web.Request) -> Profile:
    """Those of the profile, or the usual ones for guests."""
    return request[SESSION].profile or Profile(id=0, name="", picture="", max_age=ADULT)


def _audio_names(playable: Film | None) -> list[str]:
    """The languages to choose from; with a single track there is nothing to say."""
    tracks = playable.audio_tracks if playable else ()
    return [track.name for track in tracks] if len(tracks) > 1 else []
