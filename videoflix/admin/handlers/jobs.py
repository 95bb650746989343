"""What is running, waits or has failed, and why: jobs of films, and mails."""

from aiohttp import web
from msgspec import structs

from videoflix.http import paging
from videoflix.http.access import admin
from videoflix.http.resources import DATABASE
from videoflix.library.metadata import unescape_html
from videoflix.monitoring import queries as monitoring
from videoflix.monitoring.models import Work, WorkState


@admin
async def listing(request: web.Request) -> web.Response:
    page, state = paging.page(request), paging.choice(request, "state", tuple(WorkState))
    async with request.app[DATABASE].connection() as connection:
        work, counts = await monitoring.work(connection, state, page.size, page.skip)
    total = counts[WorkState(state)] if state else sum(counts.values())
    return paging.answer([_shown(one) for one in work], total, page, counts=counts)


def _shown(work: Work) -> Work:
    """Titles of films are kept neutralised, addresses are not."""
    return work if work.video_id is None else structs.replace(work, title=unescape_html(work.title))
