"""Export and import of the library as a table."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime

from aiohttp import web

from videoflix.accounts.resources import SESSION
from videoflix.http import bodies, paging
from videoflix.http.access import admin
from videoflix.http.forwarded import base_url
from videoflix.http.resources import DATABASE
from videoflix.library import editing, tables
from videoflix.library.editing import Changes
from videoflix.library.models import Exported, Metadata
from videoflix.library.queries import export as library
from videoflix.library.tables import Skipped

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
    result = await _edit(request, {line.video_id: line.metadata for line in lines}, is_dry=is_dry)
    missing = [line for line in lines if line.video_id in result.unknown]
    skipped += [Skipped(line.number, f"There is no video {line.video_id}.") for line in missing]
    return bodies.answer(
        {
            "dry_run": is_dry,
            "changed": [{"id": one.video_id, "title": one.label, "fields": one.fields} for one in result.changes],
            "unchanged": len(lines) - len(result.changes) - len(missing),
            "skipped": sorted(skipped, key=lambda one: one.line),
        }
    )


async def _edit(request: web.Request, given: Mapping[int, Metadata], *, is_dry: bool) -> Changes:
    async with request.app[DATABASE].transaction() as connection:
        if is_dry:
            return await editing.preview(connection, given)
        return await editing.edit(connection, request[SESSION].user_id, given)


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
