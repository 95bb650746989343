"""Lists encoding jobs and mails that are running, waiting or failed."""

from typing import TypeVar

from aiohttp import web
from msgspec import structs

from videoflix.errors import InvalidFields
from videoflix.http import paging
from videoflix.http.access import admin
from videoflix.http.operations import choice, operation
from videoflix.http.resources import DATABASE
from videoflix.library.metadata import unescape_html
from videoflix.monitoring import queries as monitoring
from videoflix.monitoring.models import FilmWork, Work, WorkState

Row = TypeVar("Row", Work, FilmWork)


class WorkPage(paging.PageOf[Work], frozen=True):
    """Jobs and mails, and how many there are in each state."""

    counts: dict[WorkState, int]


class FilmWorkItem(FilmWork, frozen=True, kw_only=True):
    """The work of a film, or a mail. The id is unique among both."""

    id: str


class FilmWorkPage(paging.PageOf[FilmWorkItem], frozen=True):
    """Films and mails, and how many there are in each state."""

    counts: dict[WorkState, int]


STATE = choice("state", tuple(WorkState), "Only what is in this state.")


@operation(
    "List jobs and mails",
    WorkPage,
    errors=(InvalidFields,),
    parameters=(*paging.PARAMETERS, STATE),
)
@admin
async def listing(request: web.Request) -> web.Response:
    page, state = paging.page(request), paging.choice(request, "state", tuple(WorkState))
    async with request.app[DATABASE].connection() as connection:
        work, counts = await monitoring.work(connection, state, page.size, page.skip)
    total = counts[WorkState(state)] if state else sum(counts.values())
    return paging.answer([_unescaped(one) for one in work], total, page, counts=counts)


@operation(
    "List unfinished work by film", FilmWorkPage, errors=(InvalidFields,), parameters=(*paging.PARAMETERS, STATE)
)
@admin
async def by_film(request: web.Request) -> web.Response:
    """The same in one row for each film."""
    page, state = paging.page(request), paging.choice(request, "state", tuple(WorkState))
    async with request.app[DATABASE].connection() as connection:
        work, counts = await monitoring.work_by_film(connection, state, page.size, page.skip)
    total = counts[WorkState(state)] if state else sum(counts.values())
    items = [FilmWorkItem(id=one.id, **structs.asdict(_unescaped(one))) for one in work]
    return paging.answer(items, total, page, counts=counts)


def _unescaped(work: Row) -> Row:
    """Titles of videos are stored with HTML escaped, e-mail addresses are not."""
    return work if work.video_id is None else structs.replace(work, title=unescape_html(work.title))
