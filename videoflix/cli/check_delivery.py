"""The check of who sends segments: whether a CDN sends those of signed addresses, and no others."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from time import time
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

from videoflix.checks.finding import Finding, Mark
from videoflix.db.pool import open_database
from videoflix.errors import VideoflixError
from videoflix.setting_types import origin
from videoflix.settings import Settings
from videoflix.storage import names
from videoflix.storage.names import segment_name
from videoflix.storage.opening import open_storage
from videoflix.streaming import queries
from videoflix.streaming.signing import signer_of

ANSWER_SECONDS = 5.0


async def delivery(settings: Settings) -> AsyncIterator[Finding]:
    if settings.delivery != "cdn":
        sender = {"web": "the web server", "nginx": "nginx", "redirect": "the object store"}[settings.delivery]
        yield Finding(Mark.GOOD, f"segments are sent by {sender} (DELIVERY={settings.delivery})")
        return
    try:
        newest = await _newest(settings)
    except (VideoflixError, asyncpg.PostgresError):
        return  # the check of the database says why
    if newest is None or await asyncio.to_thread(_is_out_of_reach, settings, newest):
        yield Finding(Mark.GOOD, f"there is no film yet to try {settings.cdn_url} with")
        return
    for finding in await asyncio.to_thread(lambda: list(_problems(settings, *newest))):
        yield finding


async def _newest(settings: Settings) -> tuple[int, int, int] | None:
    database = await open_database(settings, most=1)
    try:
        async with database.connection() as connection:
            return await queries.newest(connection)
    finally:
        await database.close()


def _is_out_of_reach(settings: Settings, newest: tuple[int, int, int]) -> bool:
    """Whether the CDN, which gets films from the bucket, does not find this one, because it is still on the disk."""
    storage = open_storage(settings)
    return storage.objects is not None and storage.is_on_disk(names.version(*newest[:2]))


def _problems(settings: Settings, video_id: int, version: int, label: int) -> Iterator[Finding]:
    """What is wrong with the answers for a segment, or that nothing is."""
    path = f"{label}p/{segment_name(0)}"
    folder = f"/{video_id}/{version}/"
    page = origin(settings.frontend_base_url)
    try:
        signed = _request(_address(settings, folder) + path, page)
        forged = _request(_address(replace(settings, cdn_secret=uuid4().hex), folder) + path, page)
    except (OSError, HTTPException) as error:
        yield Finding(Mark.BAD, f"nobody answers at {settings.cdn_url} ({error}). Is it running? See CDN_URL")
        return
    problem = _problem_of(signed)
    if problem:
        yield Finding(Mark.BAD, f"{settings.cdn_url} {problem}")
        return
    if forged.status < 400:
        yield Finding(Mark.BAD, f"{settings.cdn_url} does not check signatures: everybody may have every film")
    allowed = signed.headers.get("Access-Control-Allow-Origin")
    if allowed == "*":
        yield Finding(Mark.WARNING, f"players that send cookies cannot play: {settings.cdn_url} allows the origin *")
    elif allowed != page:
        yield Finding(Mark.BAD, f"pages of {page} cannot play: {settings.cdn_url} allows the origin {allowed}")
    yield Finding(Mark.GOOD, f"{settings.cdn_url} sends the segments of film {video_id}")


def _address(settings: Settings, folder: str) -> str:
    signer = signer_of(settings)
    assert signer is not None
    return signer.folder(folder, 0, uuid4(), time()).address


def _problem_of(signed: HTTPResponse) -> str | None:
    """What is wrong with the answer for a signed address."""
    if signed.status in (401, 403, 410):
        return f"refuses signed addresses ({signed.status}). Does it know CDN_SECRET, and are the clocks right?"
    if signed.status == 404:
        return "does not find a segment that exists (404). Where does it get films from?"
    return f"answers with {signed.status} for a segment" if signed.status != 200 else None


def _request(address: str, page: str) -> HTTPResponse:
    """The answer of the CDN to a player on this page. Raises OSError or HTTPException."""
    parts = urlsplit(address)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=ANSWER_SECONDS)
    try:
        connection.request("HEAD", parts.path, headers={"Origin": page})
        return connection.getresponse()
    finally:
        connection.close()
