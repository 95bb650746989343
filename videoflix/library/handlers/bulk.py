"""One action for several videos: each on its own, so that a failure does not stop the others."""

from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta, Struct, structs

from videoflix.accounts.resources import SESSION
from videoflix.errors import InvalidFields, VideoflixError
from videoflix.http import bodies
from videoflix.http.access import admin
from videoflix.http.operations import operation
from videoflix.http.resources import DATABASE, QUEUES
from videoflix.ids import Id
from videoflix.library import actions, audience, editing
from videoflix.library.audience import AudienceFields
from videoflix.library.editing import VideoFields
from videoflix.library.resources import LIBRARY_CONTEXT
from videoflix.queue.due import try_enqueue_due

MAX = 500


class Bulk(Struct, frozen=True):
    ids: Annotated[list[Id], Meta(max_length=MAX)]
    action: Literal["delete", "retry", "encode", "category", "audience"]
    category: str | None = None
    audience: AudienceFields = AudienceFields()


class NotDone(Struct, frozen=True):
    """A video that was not changed, and why."""

    id: int
    detail: str


class BulkResult(Struct, frozen=True):
    """The ids of the videos that were changed, and the others."""

    done: list[int]
    failed: list[NotDone]


@operation("Change several videos", BulkResult, body=Bulk, errors=(InvalidFields,))
@admin
async def change(request: web.Request) -> web.Response:
    """Returns the ids that were changed, and the reasons for the others."""
    body = await bodies.read(request, Bulk)
    if body.action == "category" and body.category is None:
        raise InvalidFields({"category": "Please give a category."})
    async with request.app[DATABASE].transaction() as connection:
        await audience.check(connection, [body.audience])
    done, failed = [], []
    for video in dict.fromkeys(body.ids):
        try:
            await _change(request, video, body)
            done.append(video)
        except VideoflixError as reason:
            failed.append(NotDone(video, reason.detail))
    await try_enqueue_due(request.app[DATABASE], request.app[QUEUES])
    return bodies.answer(BulkResult(done, failed))


async def _change(request: web.Request, video: int, body: Bulk) -> None:
    """Raises a VideoflixError."""
    context, user_id = request.app[LIBRARY_CONTEXT], request[SESSION].user_id
    match body.action:
        case "delete":
            await actions.remove(context, user_id, video)
        case "retry":
            await actions.retry(context, user_id, video)
        case "encode":
            await actions.encode(context, user_id, video)
        case "category":
            await editing.edit_video(context.database, user_id, video, VideoFields(category=body.category))
        case "audience":
            await editing.edit_video(context.database, user_id, video, VideoFields(**structs.asdict(body.audience)))
