"""Answers with media playlists. If a CDN sends segments, they name signed addresses there.

A CDN of a server that has a bucket gets films from there. Films that are still on the disk, or there again, are sent
by the web server.
"""

import gzip

from aiohttp import web

from videoflix.accounts.resources import SESSION
from videoflix.db import clock
from videoflix.http.resources import STORAGE
from videoflix.http.responses import CachedText, checksum, text
from videoflix.storage import names
from videoflix.streaming import playlist
from videoflix.streaming.handlers.elsewhere import is_on_disk
from videoflix.streaming.models import Film
from videoflix.streaming.resources import SIGNER


async def answer(request: web.Request, film: Film, whole: CachedText, folder: str) -> web.Response:
    """Send a media playlist, whose segments are in this folder of the film, as `480p`."""
    signer = request.app[SIGNER]
    stored = names.version(film.video_id, film.version)
    if signer is None or (request.app[STORAGE].objects is not None and await is_on_disk(request, stored)):
        return text(request, whole)
    version = f"/{film.video_id}/{film.version}/"
    now = clock.now().timestamp()
    signed = signer.folder(version, film.duration if film.is_complete else 0, request[SESSION].id, now)
    body = playlist.in_folder(whole.body, f"{signed.address}{folder}/")
    # A hundred bytes for each segment, which are nearly the same. A growing film is requested all the time.
    compressed = gzip.compress(body, 1, mtime=0) if film.is_complete else None
    modified = max(whole.modified, signed.signed_at)
    return text(request, CachedText(body, checksum(body), modified, compressed=compressed))
