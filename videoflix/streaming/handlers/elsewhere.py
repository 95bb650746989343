"""Lets another server send a file, if DELIVERY says so."""

from collections.abc import Mapping

from aiohttp import web

from videoflix.http.resources import SETTINGS, STORAGE
from videoflix.storage import names

ACCEL, PROTECTED = "X-Accel-Redirect", "/protected/films/"


def is_sent_here(request: web.Request) -> bool:
    """Whether the web server sends files. A CDN sends those whose addresses are in playlists, and the web server the
    others."""
    return request.app[SETTINGS].delivery in ("web", "cdn")


async def send_elsewhere(request: web.Request, name: str, headers: Mapping[str, str]) -> web.Response:
    """The answer that makes nginx send a published file of a film, with these headers, or that redirects to the
    store. Raises StoreUnavailable.

    A redirect may be kept for half of the time for which its address is valid, so that players that go back do not
    load a segment again under another address.
    """
    settings, objects = request.app[SETTINGS], request.app[STORAGE].objects
    if settings.delivery == "nginx":
        return web.Response(headers={**headers, ACCEL: PROTECTED + names.below_films(name)})
    assert objects is not None, "DELIVERY=redirect requires STORAGE=s3"
    address = await objects.address(request.method, name, settings.signed_lifetime)
    caching = f"private, max-age={settings.signed_lifetime // 2}"
    return web.Response(status=302, headers={"Location": address, "Cache-Control": caching})
