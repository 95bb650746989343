"""The admin home: what runs now, what needs attention, how far the set-up is, and the settings."""

import asyncio
from contextlib import suppress
from importlib.metadata import version
from typing import Any

from aiohttp import web

from videoflix.admin import queries
from videoflix.admin.resources import CHECKLIST
from videoflix.admin.setting_list import setting_list
from videoflix.db.pool import Connection
from videoflix.errors import StorageUnavailable
from videoflix.http import bodies
from videoflix.http.access import admin
from videoflix.http.forwarded import base_url
from videoflix.http.resources import DATABASE, SETTINGS, STORAGE
from videoflix.library.models import EncodeState
from videoflix.library.queries import admin_videos
from videoflix.uploads import queries as uploads
from videoflix.uploads.handlers.admin import shown

# The rows of each list; the complete ones are on pages of their own.
ROWS = 5


@admin
async def show(request: web.Request) -> web.Response:
    """What runs now and what has failed. Each list has at most ROWS `items`, and the `total`."""
    settings = request.app[SETTINGS]
    async with request.app[DATABASE].connection() as connection:
        stored = await queries.stored(connection)
        return bodies.answer(
            {
                "version": version("videoflix"),
                "email_backend": settings.email_backend,
                "viewers": _list(*await queries.viewers(connection, ROWS)),
                "encoding": await _videos(request, connection, EncodeState.ENCODING),
                "waiting": await _videos(request, connection, EncodeState.QUEUED),
                "failed": await _videos(request, connection, EncodeState.FAILED),
                "uploads": await _uploads(connection),
                "mails": _list(*await queries.unsent_mails(connection, ROWS)),
                "disk": {
                    "videos": stored.videos,
                    "films": stored.films,
                    "originals": stored.originals,
                    "free": await _free_bytes(request),
                    "floor": settings.disk_floor,
                },
            }
        )


@admin
async def checks(request: web.Request) -> web.Response:
    """The steps of setting up this server, checked within the last minute."""
    return bodies.answer({"items": await request.app[CHECKLIST].get("all")})


@admin
async def settings(request: web.Request) -> web.Response:
    return bodies.answer({"items": setting_list(request.app[SETTINGS])})


async def _free_bytes(request: web.Request) -> int | None:
    """None if the disk cannot be read; the checks say why."""
    with suppress(StorageUnavailable):
        return await asyncio.to_thread(request.app[STORAGE].free_bytes)
    return None


async def _videos(request: web.Request, connection: Connection, status: EncodeState) -> dict[str, Any]:
    search = admin_videos.Search(status=status, sort="created_at", backwards=status is EncodeState.FAILED)
    ids, total = await admin_videos.page(connection, search, ROWS, 0)
    return _list(await admin_videos.entries(connection, ids, base_url(request)), total)


async def _uploads(connection: Connection) -> dict[str, Any]:
    found, total = await uploads.listing(connection, ROWS, 0)
    return _list([shown(upload) for upload in found], total)


def _list(items: list[Any], total: int) -> dict[str, Any]:
    return {"items": items, "total": total}
