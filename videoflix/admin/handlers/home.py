"""The admin home: what runs now, what needs attention, how far the set-up is, and the settings."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import Generic, TypeVar

from aiohttp import web
from msgspec import Struct

from videoflix.admin import queries
from videoflix.admin.models import Setting, Step, UnsentMail, WatchedFilm
from videoflix.admin.resources import CHECKLIST
from videoflix.admin.setting_list import setting_list
from videoflix.db.pool import Connection
from videoflix.errors import StorageUnavailable
from videoflix.http import bodies
from videoflix.http.access import admin
from videoflix.http.forwarded import base_url
from videoflix.http.operations import operation
from videoflix.http.resources import DATABASE, SETTINGS, STORAGE
from videoflix.library.models import EncodeState
from videoflix.library.queries import admin_videos
from videoflix.library.queries.admin_videos import VideoEntry
from videoflix.uploads import queries as uploads
from videoflix.uploads.handlers.admin import UploadItem, shown

# The rows of each list; the complete ones are on pages of their own.
ROWS = 5


Row = TypeVar("Row")


class FirstOf(Struct, Generic[Row], frozen=True):
    """The first rows of a list, and how many it has."""

    items: Sequence[Row]
    total: int


class Disk(Struct, frozen=True, kw_only=True):
    """The number of videos, and bytes: of what is made of them, of originals, free ones, and those that stay free."""

    videos: int
    films: int
    originals: int
    free: int | None
    floor: int


class AdminHome(Struct, frozen=True, kw_only=True):
    version: str
    email_backend: str
    viewers: FirstOf[WatchedFilm]
    encoding: FirstOf[VideoEntry]
    waiting: FirstOf[VideoEntry]
    failed: FirstOf[VideoEntry]
    uploads: FirstOf[UploadItem]
    mails: FirstOf[UnsentMail]
    disk: Disk


class Checklist(Struct, frozen=True):
    items: list[Step]


class SettingList(Struct, frozen=True):
    items: list[Setting]


@operation("Show what runs and what has failed", AdminHome)
@admin
async def show(request: web.Request) -> web.Response:
    """What runs now and what has failed. Each list has at most ROWS `items`, and the `total`."""
    settings = request.app[SETTINGS]
    async with request.app[DATABASE].connection() as connection:
        stored = await queries.stored(connection)
        return bodies.answer(
            AdminHome(
                version=version("videoflix"),
                email_backend=settings.email_backend,
                viewers=FirstOf(*await queries.viewers(connection, ROWS)),
                encoding=await _videos(request, connection, EncodeState.ENCODING),
                waiting=await _videos(request, connection, EncodeState.QUEUED),
                failed=await _videos(request, connection, EncodeState.FAILED),
                uploads=await _uploads(connection),
                mails=FirstOf(*await queries.unsent_mails(connection, ROWS)),
                disk=Disk(
                    videos=stored.videos,
                    films=stored.films,
                    originals=stored.originals,
                    free=await _free_bytes(request),
                    floor=settings.disk_floor,
                ),
            )
        )


@operation("Check how far the set-up is", Checklist)
@admin
async def checks(request: web.Request) -> web.Response:
    """The steps of setting up this server, checked within the last minute."""
    return bodies.answer(Checklist(await request.app[CHECKLIST].get("all")))


@operation("List the settings that are no secret", SettingList)
@admin
async def settings(request: web.Request) -> web.Response:
    return bodies.answer(SettingList(setting_list(request.app[SETTINGS])))


async def _free_bytes(request: web.Request) -> int | None:
    """None if the disk cannot be read; the checks say why."""
    with suppress(StorageUnavailable):
        return await asyncio.to_thread(request.app[STORAGE].free_bytes)
    return None


async def _videos(request: web.Request, connection: Connection, status: EncodeState) -> FirstOf[VideoEntry]:
    search = admin_videos.Search(status=status, sort="created_at", backwards=status is EncodeState.FAILED)
    ids, total = await admin_videos.page(connection, search, ROWS, 0)
    return FirstOf(await admin_videos.entries(connection, ids, base_url(request)), total)


async def _uploads(connection: Connection) -> FirstOf[UploadItem]:
    found, total = await uploads.listing(connection, ROWS, 0)
    return FirstOf([shown(upload) for upload in found], total)
