"""What every request passes: errors become JSON, then host and origin, then the session are checked."""

import logging
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.hdrs import CONTENT_ENCODING, SERVER
from aiohttp.typedefs import Handler
from multidict import istr

from videoflix import errors
from videoflix.accounts.resources import KEYRING, SESSION
from videoflix.http import access, cookies, forwarded
from videoflix.http.bodies import answer
from videoflix.http.resources import SETTINGS
from videoflix.monitoring.resources import READINESS
from videoflix.request_id import CURRENT

log = logging.getLogger(__name__)

# The most special class that fits decides.
STATUS = {
    errors.InvalidInput: 400,
    errors.ForeignHost: 400,
    errors.NotCaptions: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.DatabaseUnavailable: 503,
    errors.QueueUnavailable: 503,
    errors.TooManyFollowers: 503,
    errors.LastAdmin: 409,
    errors.AccountDisabled: 409,
    errors.AlreadyActive: 409,
    errors.OriginalGone: 409,
    errors.CannotRetry: 409,
    errors.InTheMaking: 409,
    errors.NotAPicture: 415,
    errors.WrongOffset: 409,
    errors.UploadGone: 410,
    errors.WrongVersion: 412,
    errors.TooLarge: 413,
    errors.WrongBody: 415,
    errors.PackedBody: 415,
    errors.NotAFilm: 422,
    errors.UploadBusy: 423,
    errors.TooMany: 429,
    errors.WrongChecksum: 460,
    errors.StorageUnavailable: 507,
}
RETRY_SECONDS = "5"
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
REQUEST_ID, TRANSPORT_SECURITY = istr("X-Request-ID"), istr("Strict-Transport-Security")
SAFE = ("GET", "HEAD", "OPTIONS")
# Whoever has come over HTTPS once comes over nothing else for a year. Other names of the domain are left alone.
HTTPS_ALONE = "max-age=31536000"
SERVER_NAME = "Videoflix"  # and no word on versions


@web.middleware
async def error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The number of the request; the table from error to status, and the one shape of JSON that clients read."""
    CURRENT.set(forwarded.request_id(request) or request.app[READINESS].request_id())
    try:
        return await handler(request)
    except errors.VideoflixError as error:
        status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
        if status == 500:
            return _broken(request, error)
        response = _refusal(request, status, **_words(error))
        if isinstance(error, errors.TooMany):
            response.headers["Retry-After"] = str(error.retry_after)
        if status == 503:
            log.error("%s: %s", type(error).__name__, error.__cause__ or error)
            response.headers["Retry-After"] = RETRY_SECONDS
        return response
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = _refusal(request, error.status, detail=HTTPStatus(error.status).phrase + ".")
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except Exception as error:
        return _broken(request, error)


def _refusal(request: web.Request, status: int, *, detail: str, **more: object) -> web.Response:
    """The one shape of an error; clients of the activation read `message`."""
    if request.path.startswith("/api/activate/"):
        more["message"] = detail
    return answer({"detail": detail, **more}, status=status)


def _words(error: errors.VideoflixError) -> dict[str, Any]:
    if isinstance(error, errors.InvalidFields):
        return {"detail": error.detail, "fields": error.fields}
    return {"detail": error.detail}


def _broken(request: web.Request, error: Exception) -> web.Response:
    """The client gets a number, the log what it stands for; a path may hold a secret, its pattern does not."""
    number = CURRENT.get()
    resource = request.match_info.route.resource
    log.error(
        "request %s: %s %s broke",
        number,
        request.method,
        resource.canonical if resource else "(no route)",
        exc_info=error,
    )
    return _refusal(request, 500, detail="Something broke on our side.", request_id=number)


@web.middleware
async def auth_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Closed by default; the table of who may what stands with the handlers (`access`)."""
    _check_encoding(request)
    _check_origin(request)
    if access.is_open(request):
        return await handler(request)
    session, renew = await access.authenticate(request)
    access.check_role(request, session)
    request[SESSION] = session
    response = await handler(request)
    if renew and not response.prepared:
        settings = request.app[SETTINGS]
        token = request.app[KEYRING].issue(
            "access", session.user_id, session.id, datetime.now(UTC), settings.access_token_lifetime
        )
        cookies.set_access(response, settings, token)
    return response


def _check_encoding(request: web.Request) -> None:
    """A small body could be unpacked to a very large one. Raises PackedBody."""
    if CONTENT_ENCODING in request.headers:
        told = ",".join(request.headers.getall(CONTENT_ENCODING))
        if any(word.strip().lower() not in ("", "identity") for word in told.split(",")):
            raise errors.PackedBody


def _check_origin(request: web.Request) -> None:
    """Answer only under our own names: addresses in answers are made of them. And an unsafe request
    from a browser must come from here or a trusted origin; others are no browsers.

    Raises ForeignHost or CrossSite.
    """
    if not _is_ours(forwarded.host(request), request.app[SETTINGS].allowed_hosts):
        raise errors.ForeignHost
    if request.method not in SAFE and not _is_from_here(request):
        raise errors.CrossSite


@lru_cache(maxsize=256)
def _is_ours(host: str, allowed: tuple[str, ...]) -> bool:
    name = _host_name(host)
    return name in LOOPBACK or any(_fits(name, each) for each in allowed)


def _host_name(host: str) -> str:
    """The name in a Host header, without its port, in small letters; empty if it is none."""
    found = forwarded.HOST.fullmatch(host.lower())
    return found[1] if found else ""


def _fits(name: str, allowed: str) -> bool:
    if allowed.startswith("."):
        return name == allowed[1:] or name.endswith(allowed)
    return bool(name) and allowed in ("*", name)


def _is_from_here(request: web.Request) -> bool:
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site in ("same-origin", "none") or (site is None and origin is None):
        return True
    if origin is None:
        return False
    settings = request.app[SETTINGS]
    if origin == forwarded.base_url(request) or origin in settings.cors_allowed_origins:
        return True
    return any(_is_trusted(origin, each) for each in settings.csrf_trusted_origins)


def _is_trusted(origin: str, trusted: str) -> bool:
    if "://*." not in trusted:
        return origin == trusted
    scheme, _, domain = trusted.partition("://*")
    return origin.startswith(f"{scheme}://") and origin.endswith(domain)


def on_response_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """Every answer tells its number, and no version; and before a stop, that the next request should go elsewhere."""
    life, headers = request.app[READINESS], response.headers
    headers[SERVER] = SERVER_NAME
    headers[REQUEST_ID] = CURRENT.get() or life.request_id()
    if forwarded.scheme(request) == "https":
        headers[TRANSPORT_SECURITY] = HTTPS_ALONE
    if life.is_stopping:
        response.force_close()
        headers["Connection"] = "close"
