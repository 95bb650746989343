"""Turns exceptions into JSON responses: the one table from error to status, and the one shape of the body."""

import logging
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from videoflix import errors
from videoflix.http import forwarded
from videoflix.http.bodies import answer
from videoflix.http.resources import REQUEST_IDS
from videoflix.request_id import CURRENT

log = logging.getLogger(__name__)


# The most specific class decides.
STATUS = {
    errors.InvalidInput: 400,
    errors.DisallowedHost: 400,
    errors.InvalidCaptions: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.DatabaseUnavailable: 503,
    errors.QueueUnavailable: 503,
    errors.TooManySubscribers: 503,
    errors.LastAdmin: 409,
    errors.HasSecondFactor: 409,
    errors.AccountDisabled: 409,
    errors.AlreadyActive: 409,
    errors.OriginalRemoved: 409,
    errors.CannotRetry: 409,
    errors.EncodeInProgress: 409,
    errors.DurationUnknown: 409,
    errors.NotAnImage: 415,
    errors.OffsetMismatch: 409,
    errors.UploadClosed: 410,
    errors.UnsupportedTusVersion: 412,
    errors.TooLarge: 413,
    errors.WrongContentType: 415,
    errors.CompressedBody: 415,
    errors.NotAFilm: 422,
    errors.UploadBusy: 423,
    errors.TooManyRequests: 429,
    errors.ChecksumMismatch: 460,
    errors.StoreUnavailable: 503,
    errors.StorageUnavailable: 507,
}

RETRY_AFTER_SECONDS = "5"


@web.middleware
async def error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Set the id of the request, and answer an exception with JSON."""
    CURRENT.set(forwarded.request_id(request) or request.app[REQUEST_IDS].next())
    try:
        return await handler(request)
    except errors.VideoflixError as error:
        status = status_of(type(error))
        if status == 500:
            return _internal_error(request, error)
        response = _error_response(request, status, **_body(error))
        if isinstance(error, errors.TooManyRequests):
            response.headers["Retry-After"] = str(error.retry_after)
        if status == 503:
            log.error("%s: %s", type(error).__name__, error.__cause__ or error)
            response.headers["Retry-After"] = RETRY_AFTER_SECONDS
        return response
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = _error_response(request, error.status, detail=HTTPStatus(error.status).phrase + ".")
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except Exception as error:
        return _internal_error(request, error)


def status_of(kind: type[errors.VideoflixError]) -> int:
    return next((STATUS[each] for each in kind.__mro__ if each in STATUS), 500)


def _error_response(request: web.Request, status: int, *, detail: str, **more: object) -> web.Response:
    """A JSON body with `detail`; clients of the activation read the same as `message`."""
    if request.path.startswith("/api/activate/"):
        more["message"] = detail
    return answer({"detail": detail, **more}, status=status)


def _body(error: errors.VideoflixError) -> dict[str, Any]:
    if isinstance(error, errors.InvalidFields):
        return {"detail": error.detail, "fields": error.fields}
    if isinstance(error, errors.PairingError):
        return {"error": error.error, "detail": error.detail}
    if isinstance(error, errors.DuplicateFilm):
        return {"detail": error.detail, "video_id": error.video_id}
    return {"detail": error.detail}


def _internal_error(request: web.Request, error: Exception) -> web.Response:
    """Log an unexpected exception under the id of the request, and send only the id.

    The log has the pattern of the path, as the path itself may contain a token.
    """
    request_id = CURRENT.get()
    resource = request.match_info.route.resource
    log.error(
        "request %s: %s %s failed",
        request_id,
        request.method,
        resource.canonical if resource else "(no route)",
        exc_info=error,
    )
    return _error_response(request, 500, detail="Internal server error.", request_id=request_id)
