"""What every request must satisfy before a handler is called: encoding, host name and origin."""

from functools import lru_cache

from aiohttp import web
from aiohttp.hdrs import CONTENT_ENCODING
from aiohttp.typedefs import Handler

from videoflix import errors
from videoflix.http import forwarded
from videoflix.http.resources import SETTINGS

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


SAFE = ("GET", "HEAD", "OPTIONS")


@web.middleware
async def check_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Raises CompressedBody, DisallowedHost or CrossSite."""
    _check_encoding(request)
    _check_origin(request)
    return await handler(request)


def _check_encoding(request: web.Request) -> None:
    """A small body could be unpacked to a very large one. Raises CompressedBody."""
    if CONTENT_ENCODING in request.headers:
        told = ",".join(request.headers.getall(CONTENT_ENCODING))
        if any(word.strip().lower() not in ("", "identity") for word in told.split(",")):
            raise errors.CompressedBody


def _check_origin(request: web.Request) -> None:
    """Answer only under our own names: addresses in answers are made of them. And an unsafe request
    from a browser must come from here or a trusted origin; others are no browsers.

    Raises DisallowedHost or CrossSite.
    """
    if not _is_ours(forwarded.host(request), request.app[SETTINGS].allowed_hosts):
        raise errors.DisallowedHost
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
