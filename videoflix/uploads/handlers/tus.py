"""Uploads by the tus protocol 1.0.0 (https://tus.io): create, append, query, cancel."""

import re
from email.utils import format_datetime
from uuid import UUID

from aiohttp import web

from videoflix.accounts.resources import SESSION
from videoflix.errors import (
    ChecksumMismatch,
    EncodeInProgress,
    InvalidFields,
    InvalidInput,
    NotAFilm,
    NotFound,
    OffsetMismatch,
    StorageUnavailable,
    TooLarge,
    UnsupportedTusVersion,
    UploadBusy,
    UploadClosed,
    VideoflixError,
    WrongContentType,
)
from videoflix.http import cors
from videoflix.http.access import admin
from videoflix.http.operations import Error, Media, Parameter, header, operation
from videoflix.http.resources import DATABASE, QUEUES, SETTINGS
from videoflix.queue.due import try_enqueue_due
from videoflix.uploads import creating, ending, tus
from videoflix.uploads.lookup import look_up
from videoflix.uploads.models import Upload, UploadState
from videoflix.uploads.receiving import receive
from videoflix.uploads.resources import BODIES, UPLOADS_CONTEXT

ROOT = cors.UPLOADS


UPLOAD_ID = Parameter(
    name="id",
    description="The id of an upload.",
    schema={"type": "string", "format": "uuid"},
    example="0b8f6f0e-6d0a-4c9e-8a59-2f7f3f1c5a11",
    place="path",
)
PROTOCOL = ("Tus-Resumable", "The version of the protocol.", tus.VERSION)
TUS, OPTIONAL_TUS = header(*PROTOCOL, is_required=True, const=tus.VERSION), header(*PROTOCOL, const=tus.VERSION)
BYTES = "^[0-9]{1,40}$"
LENGTH = header("Upload-Length", "The size of the file in bytes.", "1048576", is_required=True, pattern=BYTES)
POSITION = ("Upload-Offset", "The offset in bytes at which the body begins.", "0")
OFFSET, OPTIONAL_OFFSET = header(*POSITION, is_required=True, pattern=BYTES), header(*POSITION, pattern=BYTES)
METADATA = header(
    "Upload-Metadata",
    "Keys with values in base64: `filename`, `title`, `description`, `category`, `video`, `draft`.",
    "filename aG9saWRheS5ta3Y=",
)
CHECKSUM = header(
    "Upload-Checksum",
    "An algorithm and the digest of the body in base64.",
    "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=",
)
METHODS = ("PATCH", "HEAD", "DELETE")
METHOD = header("X-HTTP-Method-Override", "The method that is meant.", "PATCH", is_required=True, enum=list(METHODS))
APPEND_ERRORS = (
    InvalidInput,
    WrongContentType,
    UnsupportedTusVersion,
    OffsetMismatch,
    EncodeInProgress,
    UploadClosed,
    NotAFilm,
    UploadBusy,
    ChecksumMismatch,
    StorageUnavailable,
)


@operation(
    "Ask what the upload protocol supports",
    headers=("Tus-Version", "Tus-Extension", "Tus-Checksum-Algorithm", "Tus-Max-Size"),
)
@admin
async def capabilities(request: web.Request) -> web.StreamResponse:
    """The capabilities of this server; also answers preflight requests."""
    if "Access-Control-Request-Method" in request.headers:
        return await cors.preflight(request)
    headers = {
        "Tus-Version": tus.VERSION,
        "Tus-Extension": ",".join(tus.EXTENSIONS),
        "Tus-Checksum-Algorithm": ",".join(tus.CHECKSUMS),
    }
    if most := request.app[SETTINGS].max_upload_size:
        headers["Tus-Max-Size"] = str(most)
    return web.Response(status=204, headers=headers)


@operation(
    "Create an upload",
    status=201,
    body=(Media(tus.CONTENT_TYPE), None),
    headers=("Location", "Upload-Offset", "Upload-Expires"),
    parameters=(TUS, LENGTH, METADATA, CHECKSUM),
    errors=(
        InvalidInput,
        InvalidFields,
        NotFound,
        TooLarge,
        WrongContentType,
        UnsupportedTusVersion,
        NotAFilm,
        ChecksumMismatch,
        EncodeInProgress,
        StorageUnavailable,
        UploadBusy,
        UploadClosed,
    ),
)
@admin
async def create(request: web.Request) -> web.Response:
    """Creates an upload; a body is its beginning, or all of it."""
    _check_version(request)
    for unknown in ("Upload-Concat", "Upload-Defer-Length"):
        if unknown in request.headers:
            raise InvalidInput(f"{unknown} belongs to an extension that is not supported.")
    length = tus.count("Upload-Length", request.headers.get("Upload-Length"))
    if request.body_exists:
        _check_body(request)
        if (request.content_length or 0) > length:
            raise TooLarge
    upload = await creating.create(
        request.app[UPLOADS_CONTEXT], request[SESSION].user_id, length, request.headers.get("Upload-Metadata", "")
    )
    headers = {"Location": f"{ROOT}{upload.id}/"}
    if request.body_exists:
        upload = await _receive_first(request, upload)
        headers["Upload-Offset"] = str(upload.received)
    return web.Response(status=201, headers=headers | _expiry(upload))


@operation(
    "Ask how far an upload is",
    status=200,
    headers=("Upload-Offset", "Upload-Length", "Upload-Metadata", "Upload-Expires"),
    parameters=(UPLOAD_ID, TUS),
    errors=(UnsupportedTusVersion, UploadClosed, NotAFilm),
)
@admin
async def head(request: web.Request) -> web.Response:
    """How far an upload is."""
    _check_version(request)
    upload = await look_up(request.app[UPLOADS_CONTEXT], upload_id(request))
    headers = {"Upload-Offset": str(upload.received), "Upload-Length": str(upload.length)}
    if upload.metadata:
        headers["Upload-Metadata"] = upload.metadata
    return web.Response(headers=headers | _expiry(upload))


@operation(
    "Append to an upload",
    body=Media(tus.CONTENT_TYPE),
    headers=("Upload-Offset", "Upload-Expires"),
    parameters=(UPLOAD_ID, TUS, OFFSET, CHECKSUM),
    errors=APPEND_ERRORS,
)
@admin
async def patch(request: web.Request) -> web.Response:
    """Appends to an upload."""
    _check_version(request)
    _check_body(request)
    offset = tus.count("Upload-Offset", request.headers.get("Upload-Offset"))
    upload = await _receive(request, upload_id(request), offset)
    return web.Response(status=204, headers={"Upload-Offset": str(upload.received)} | _expiry(upload))


@operation(
    "Cancel an upload", parameters=(UPLOAD_ID, OPTIONAL_TUS), errors=(UnsupportedTusVersion, UploadClosed, UploadBusy)
)
@admin
async def cancel(request: web.Request) -> web.Response:
    """Our own pages cancel without the header of the protocol."""
    if "Tus-Resumable" in request.headers:
        _check_version(request)
    await ending.cancel(request.app[UPLOADS_CONTEXT], request[SESSION].user_id, upload_id(request))
    return web.Response(status=204)


INSTEAD = {"PATCH": patch, "HEAD": head, "DELETE": cancel}


@operation(
    "Send PATCH, HEAD or DELETE as POST",
    body=(Media(tus.CONTENT_TYPE), None),
    more_answers={200: None, 405: Error},
    headers=("Upload-Offset", "Upload-Length", "Upload-Metadata", "Upload-Expires"),
    parameters=(UPLOAD_ID, METHOD, OPTIONAL_TUS, OPTIONAL_OFFSET, CHECKSUM),
    errors=APPEND_ERRORS,
)
@admin
async def overridden(request: web.Request) -> web.StreamResponse:
    """For clients that can send nothing but GET and POST."""
    meant = INSTEAD.get(request.headers.get("X-HTTP-Method-Override", "").upper())
    if meant is None:
        raise web.HTTPMethodNotAllowed(request.method, ("GET", "OPTIONS", *INSTEAD))
    return await meant(request)


def on_response_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """Every answer names the version of the protocol, and a 412 the supported ones."""
    if request.path.startswith(ROOT):
        response.headers["Tus-Resumable"] = tus.VERSION
        if response.status == 412:
            response.headers["Tus-Version"] = tus.VERSION


def upload_id(request: web.Request) -> UUID:
    """Raises NotFound for anything that is not an id."""
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", request.match_info["id"]):
        raise NotFound
    return UUID(request.match_info["id"])


async def _receive(request: web.Request, number: UUID, offset: int) -> Upload:
    upload = await receive(
        request.app[UPLOADS_CONTEXT],
        request[SESSION].user_id,
        number,
        offset,
        request.app[BODIES].reader(request.content),
        announced=request.content_length or 0,
        checksum=tus.checksum(request.headers.get("Upload-Checksum")),
    )
    if upload.state is UploadState.DONE:
        await try_enqueue_due(request.app[DATABASE], request.app[QUEUES])
    return upload


async def _receive_first(request: web.Request, upload: Upload) -> Upload:
    """Nobody can resume an upload whose address they did not get, so a failed creation leaves none."""
    try:
        return await _receive(request, upload.id, 0)
    except NotAFilm:
        raise
    except VideoflixError:
        await ending.cancel(request.app[UPLOADS_CONTEXT], request[SESSION].user_id, upload.id)
        raise


def _check_version(request: web.Request) -> None:
    if request.headers.get("Tus-Resumable") != tus.VERSION:
        raise UnsupportedTusVersion


def _check_body(request: web.Request) -> None:
    """Checks that come before anything is done. Raises what the protocol demands."""
    if request.content_type != tus.CONTENT_TYPE:
        raise WrongContentType
    tus.checksum(request.headers.get("Upload-Checksum"))


def _expiry(upload: Upload) -> dict[str, str]:
    if upload.state is not UploadState.RECEIVING:
        return {}
    return {"Upload-Expires": format_datetime(upload.expires_at, usegmt=True)}
