"""Uploads in the admin pages: how far each is, the metadata of its film, and what became of it."""

from datetime import datetime
from uuid import UUID

from aiohttp import web
from msgspec import Struct

from videoflix.accounts.resources import SESSION
from videoflix.errors import InvalidFields, NotFound, UploadClosed
from videoflix.http import bodies, paging
from videoflix.http.access import admin
from videoflix.http.operations import operation
from videoflix.http.resources import DATABASE
from videoflix.library.metadata import unescape_html
from videoflix.library.models import Metadata
from videoflix.uploads import editing
from videoflix.uploads import queries as rows
from videoflix.uploads.handlers.tus import UPLOAD_ID, upload_id
from videoflix.uploads.models import Upload, UploadState
from videoflix.uploads.resources import UPLOADS_CONTEXT


class UploadItem(Struct, frozen=True, kw_only=True):
    """An upload of which `offset` of `length` bytes are stored; `detail` is why it was refused. Texts are plain."""

    id: UUID
    filename: str
    title: str
    description: str
    category: str
    offset: int
    length: int
    created_at: datetime
    expires_at: datetime | None
    state: UploadState
    detail: str | None
    video_id: int | None


@operation("List uploads", paging.PageOf[UploadItem], errors=(InvalidFields,), parameters=paging.PARAMETERS)
@admin
async def listing(request: web.Request) -> web.Response:
    page = paging.page(request)
    async with request.app[DATABASE].connection() as connection:
        found, total = await rows.listing(connection, page.size, page.skip)
    return paging.answer([shown(upload) for upload in found], total, page)


@operation("Show an upload", UploadItem, parameters=(UPLOAD_ID,))
@admin
async def show(request: web.Request) -> web.Response:
    async with request.app[DATABASE].connection() as connection:
        upload = await rows.find(connection, upload_id(request))
    if upload is None or upload.state is UploadState.GONE:
        raise NotFound
    return bodies.answer(shown(upload))


@operation(
    "Change what is known about the film of an upload",
    UploadItem,
    body=Metadata,
    errors=(InvalidFields, UploadClosed),
    parameters=(UPLOAD_ID,),
)
@admin
async def edit(request: web.Request) -> web.Response:
    given, context = await bodies.read(request, Metadata), request.app[UPLOADS_CONTEXT]
    upload = await editing.edit(context, request[SESSION].user_id, upload_id(request), given)
    return bodies.answer(shown(upload))


def shown(upload: Upload) -> UploadItem:
    """An upload as the API tells of it."""
    is_open = upload.state in (UploadState.RECEIVING, UploadState.PLACING)
    return UploadItem(
        id=upload.id,
        filename=upload.filename,
        title=unescape_html(upload.title),
        description=unescape_html(upload.description),
        category=unescape_html(upload.category),
        offset=upload.received,
        length=upload.length,
        created_at=upload.created_at,
        expires_at=upload.expires_at if is_open else None,
        state=UploadState.RECEIVING if is_open else upload.state,
        detail=upload.detail,
        video_id=upload.video_id,
    )
