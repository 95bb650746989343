"""Lets another server send a file, if DELIVERY says so and the file is where that server finds it."""

import asyncio
from collections.abc import Mapping

from aiohttp import web

from videoflix.http.resources import SETTINGS, STORAGE
from videoflix.storage import names

ACCEL, PROTECTED = "X-Accel-Redirect", "/protected/films/"


async def is_on_disk(request: web.Request, name: str) -> bool:
    """Whether a published file or folder is read from the disk of this host."""
    storage = request.app[STORAGE]
    if storage.objects is None or not storage.has_disk:
        return storage.has_disk
    return await asyncio.to_thread(storage.is_on_disk, name)


def is_sent_here(request: web.Request, *, on_disk: bool) -> bool:
    """Whether the web server sends a file. nginx sends those on the disk, and the store those that it has. A CDN
    sends those whose addresses are in playlists, and the web server the others."""
    delivery = request.app[SETTINGS].delivery
    return delivery in ("web", "cdn") or on_disk is (delivery == "redirect")


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
