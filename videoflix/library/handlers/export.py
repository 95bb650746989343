"""Export and import of the library as a table."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime

from aiohttp import web

from videoflix.accounts.queries import audit
from videoflix.accounts.resources import SESSION
from videoflix.db.pool import Connection
from videoflix.http import bodies, paging
from videoflix.http.access import admin
from videoflix.http.forwarded import base_url
from videoflix.http.resources import DATABASE
from videoflix.library import tables
from videoflix.library.metadata import unescape_html
from videoflix.library.models import Exported
from videoflix.library.queries import export as library
from videoflix.library.tables import LibraryChange

# Ten thousand videos with a long description each.
MAX_BYTES = 16 * 1024 * 1024
PAGE = 500


@admin
async def as_csv(request: web.Request) -> web.Response:
    return await _send(request, "csv", "text/csv; charset=utf-8", tables.csv_lines)


@admin
async def as_json(request: web.Request) -> web.Response:
    return await _send(request, "json", "application/json", tables.json_lines, b"]\n")


@admin
async def take(request: web.Request) -> web.Response:
    """What a table would change or, if requested, has changed: all of it or nothing."""
    is_dry = paging.choice(request, "dry_run", ("true", "false")) != "false"
    read = tables.read_json if request.content_type == "application/json" else tables.read_csv
    lines, skipped = await asyncio.to_thread(read, await bodies.body(request, MAX_BYTES))
    video_ids = [line.video_id for line in lines]
    async with request.app[DATABASE].transaction() as connection:
        if not is_dry:
            await library.lock(connection, video_ids)
        stored = await library.words(connection, video_ids)
        changes, unknown = await asyncio.to_thread(tables.compare, lines, stored)
        if not is_dry:
            await _write(connection, request[SESSION].user_id, changes)
    told = [{"id": one.video_id, "title": unescape_html(one.before.title), "fields": one.fields} for one in changes]
    return bodies.answer(
        {
            "dry_run": is_dry,
            "changed": told,
            "unchanged": len(lines) - len(changes) - len(unknown),
            "skipped": sorted([*skipped, *unknown], key=lambda one: one.line),
        }
    )


async def _send(
    request: web.Request, suffix: str, content_type: str, write: Callable[..., bytes], foot: bytes = b""
) -> web.Response:
    """Sends a file only when it is complete: a download that breaks off could not say why."""
    parts: list[bytes] = []
    async for entries in _pages(request):
        parts.append(await asyncio.to_thread(write, entries, head=not parts))
    name = f"videoflix-{datetime.now(UTC):%Y-%m-%d}.{suffix}"
    return web.Response(
        body=b"".join([*parts, foot]),
        headers={"Content-Type": content_type, "Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _pages(request: web.Request) -> AsyncIterator[Sequence[Exported]]:
    """All videos, in pages ordered by id; an empty library has one empty page."""
    after, address = 0, base_url(request)
    while True:
        async with request.app[DATABASE].connection() as connection:
            entries = await library.page(connection, address, after, PAGE)
        if entries or not after:
            yield entries
        if len(entries) < PAGE:
            return
        after = entries[-1].id


async def _write(connection: Connection, user_id: int, changes: Sequence[LibraryChange]) -> None:
    await library.write(connection, {one.video_id: one.after for one in changes})
    editing = [(f"video:{one.video_id}", unescape_html(one.before.title), one.fields) for one in changes]
    await audit.record_all(connection, user_id, "video.edit", editing)
