"""Export and import of the library as a table."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from msgspec import Struct

from videoflix.accounts.resources import SESSION
from videoflix.errors import InvalidFields
from videoflix.http import bodies, paging
from videoflix.http.access import admin
from videoflix.http.forwarded import base_url
from videoflix.http.operations import Media, choice, operation
from videoflix.http.resources import DATABASE
from videoflix.library import audience, editing, tables
from videoflix.library.models import Exported
from videoflix.library.queries import export as library
from videoflix.library.tables import Line, Skipped

# Ten thousand videos with a long description each.
MAX_BYTES = 16 * 1024 * 1024
PAGE = 500


DRY_RUN = ("true", "false")


class ImportedVideo(Struct, frozen=True):
    """A video that a table changes: by field, the old and the new value."""

    id: int
    title: str
    fields: dict[str, tuple[Any, Any]]


class ImportResult(Struct, frozen=True):
    """What a table changes, or has changed."""

    dry_run: bool
    changed: list[ImportedVideo]
    unchanged: int
    skipped: list[Skipped]


@operation("Export all videos as CSV", Media("text/csv", "id,created_at,title\n"), headers=("Content-Disposition",))
@admin
async def as_csv(request: web.Request) -> web.Response:
    return await _send(request, "csv", "text/csv; charset=utf-8", tables.csv_lines)


@operation("Export all videos as JSON", list[Exported], headers=("Content-Disposition",))
@admin
async def as_json(request: web.Request) -> web.Response:
    return await _send(request, "json", "application/json", tables.json_lines, b"]\n")


@operation(
    "Import a table of videos",
    ImportResult,
    body=(Media("text/csv", "id,title\n1,Holiday\n"), list[Any]),
    errors=(InvalidFields,),
    parameters=(choice("dry_run", DRY_RUN, "Whether nothing is changed, which is usual."),),
)
@admin
async def take(request: web.Request) -> web.Response:
    """What a table would change or, if requested, has changed: all of it or nothing."""
    is_dry = paging.choice(request, "dry_run", DRY_RUN) != "false"
    read = tables.read_json if request.content_type == "application/json" else tables.read_csv
    lines, skipped = await asyncio.to_thread(read, await bodies.body(request, MAX_BYTES))
    changed, unknown = await _edit(request, lines, is_dry=is_dry)
    missing = [line for line in lines if line.video_id in unknown]
    skipped += [Skipped(line.number, f"There is no video {line.video_id}.") for line in missing]
    return bodies.answer(
        ImportResult(
            dry_run=is_dry,
            changed=changed,
            unchanged=len(lines) - len(changed) - len(missing),
            skipped=sorted(skipped, key=lambda one: one.line),
        )
    )


async def _edit(request: web.Request, lines: Sequence[Line], *, is_dry: bool) -> tuple[list[ImportedVideo], set[int]]:
    """What the rows change, by video, and the ids that no video has. Raises InvalidFields."""
    texts = {line.video_id: line.metadata for line in lines}
    audiences = {line.video_id: line.audience for line in lines}
    async with request.app[DATABASE].transaction() as connection:
        if is_dry:
            seen, edited = await audience.preview(connection, audiences), await editing.preview(connection, texts)
        else:
            user_id = request[SESSION].user_id
            seen, _ = await audience.edit_videos(connection, user_id, audiences)
            edited = await editing.edit(connection, user_id, texts)
        fields_of = await audience.changed_fields(connection, seen)
    titles = {one.id: one.title for one in seen} | {one.video_id: one.label for one in edited.changes}
    for one in edited.changes:
        fields_of[one.video_id] = one.fields | fields_of.get(one.video_id, {})
    changed = [
        ImportedVideo(line.video_id, titles[line.video_id], fields_of[line.video_id])
        for line in lines
        if line.video_id in titles
    ]
    return changed, edited.unknown


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
