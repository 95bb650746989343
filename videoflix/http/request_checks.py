"""Checks every request before its handler: Content-Encoding, dates, Host and Origin."""

from collections.abc import Awaitable
from functools import lru_cache

from aiohttp import web
from aiohttp.hdrs import CONTENT_ENCODING, IF_MODIFIED_SINCE, IF_RANGE, IF_UNMODIFIED_SINCE
from aiohttp.helpers import parse_http_date
from aiohttp.typedefs import Handler

from videoflix import errors
from videoflix.http import forwarded
from videoflix.http.resources import SETTINGS
from videoflix.loopback import is_loopback

SAFE = ("GET", "HEAD", "OPTIONS")


@web.middleware
def check_middleware(request: web.Request, handler: Handler) -> Awaitable[web.StreamResponse]:
    """Raises CompressedBody, InvalidInput, DisallowedHost or CrossSite.

    Not a coroutine: one that only passes on the next would cost every segment a microsecond.
    """
    _check_encoding(request)
    _check_dates(request)
    _check_origin(request)
    return handler(request)


def _check_encoding(request: web.Request) -> None:
    """Refuse compressed bodies: a small one could expand to a very large one. Raises CompressedBody."""
    if CONTENT_ENCODING in request.headers:
        codings = ",".join(request.headers.getall(CONTENT_ENCODING)).split(",")
        if any(coding.strip().lower() not in ("", "identity") for coding in codings):
            raise errors.CompressedBody


def _check_dates(request: web.Request) -> None:
    """Refuse dates whose numbers are so large that aiohttp fails when it sends a file. Raises InvalidInput."""
    for name in (IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE, IF_RANGE):
        if name in request.headers:
            try:
                parse_http_date(request.headers[name])
            except OverflowError:
                raise errors.InvalidInput(f"The date in {name} is not valid.") from None


def _check_origin(request: web.Request) -> None:
    """Refuse unknown host names, as URLs in responses are built from them, and unsafe requests from other sites.

    A client that sends neither Sec-Fetch-Site nor Origin is not a browser and passes.
    Raises DisallowedHost or CrossSite.
    """
    if not is_allowed_host(forwarded.host(request), request.app[SETTINGS].allowed_hosts):
        raise errors.DisallowedHost
    if request.method not in SAFE and not _is_same_site(request):
        raise errors.CrossSite


@lru_cache(maxsize=256)
def is_allowed_host(host: str, allowed: tuple[str, ...]) -> bool:
    """Whether this server answers under the name in a Host header."""
    name = _host_name(host)
    return is_loopback(name) or any(_matches(name, each) for each in allowed)


def _host_name(host: str) -> str:
    """The name in a Host header in lower case, without its port; empty if it is malformed."""
    found = forwarded.HOST.fullmatch(host.lower())
    return found[1] if found else ""


def _matches(name: str, allowed: str) -> bool:
    if allowed.startswith("."):
        return name == allowed[1:] or name.endswith(allowed)
    return bool(name) and allowed in ("*", name)


def _is_same_site(request: web.Request) -> bool:
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
