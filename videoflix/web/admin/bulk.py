"""The same done to several videos: each by itself, so that one which cannot does not hold the others up."""

from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta, Struct

from videoflix.errors import InvalidFields, VideoflixError
from videoflix.web import payload
from videoflix.web.access import admin
from videoflix.web.admin import deeds

MOST = 500

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class Bulk(Struct, frozen=True):
    ids: Annotated[list[Id], Meta(max_length=MOST)]
    action: Literal["delete", "retry", "encode", "category"]
    category: str | None = None


@admin
async def change(request: web.Request) -> web.Response:
    """Which were changed, and why the others were not."""
    body = await payload.read(request, Bulk)
    if body.action == "category" and body.category is None:
        raise InvalidFields({"category": "Please give a category."})
    done, failed = [], []
    for video in dict.fromkeys(body.ids):
        try:
            await _change(request, video, body)
            done.append(video)
        except VideoflixError as reason:
            failed.append({"id": video, "detail": reason.detail})
    await deeds.tell(request)
    return payload.answer({"done": done, "failed": failed})


async def _change(request: web.Request, video: int, body: Bulk) -> None:
    """Raises a VideoflixError."""
    match body.action:
        case "delete":
            await deeds.remove(request, video)
        case "retry":
            await deeds.retry(request, video)
        case "encode":
            await deeds.encode(request, video)
        case "category":
            await deeds.edit(request, video, deeds.Edit(category=body.category))
