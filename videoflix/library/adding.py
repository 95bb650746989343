"""Adds films: the original, its rows and its first job, all of it or nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from os import SEEK_END
from pathlib import Path

from msgspec import structs

from videoflix.db.pool import Connection, Database
from videoflix.errors import (
    CannotRetry,
    DatabaseUnavailable,
    DuplicateFilm,
    EncodeInProgress,
    NotFound,
    OriginalRemoved,
    VideoflixError,
)
from videoflix.library import caption_names, languages, webvtt
from videoflix.library.charsets import decode
from videoflix.library.metadata import unescape_html
from videoflix.library.models import NEW, CaptionKind, Captions, EncodeState, Origin, VideoText
from videoflix.library.queries import captions, encodes, videos
from videoflix.queue import queries as jobs
from videoflix.queue.models import JobKind
from videoflix.storage import names, original_parts
from videoflix.storage.disk_errors import translate_disk_errors
from videoflix.storage.storage import Storage

# Bytes of the beginning and of the end that go into the fingerprint.
EDGE_BYTES = 1_000_000


async def add_film(
    database: Database,
    storage: Storage,
    staged: Path,
    text: VideoText,
    *,
    beside: Sequence[Captions] = (),
    origin: Origin = NEW,
    also: Callable[[Connection, int], Awaitable[None]] | None = None,
) -> int:
    """Add a film from a staged original, with the captions `beside` it, and queue its encode. Returns the video's
    id.

    The original is stored before the rows are written, so a row never points at a missing one, and no transaction
    waits for a large file on its way to a store. If the commit fails, it stays: the rows may be there although the
    answer was lost, and if not, the cleaning removes the orphan. `also` writes what belongs to the new video in the
    same transaction. Raises DatabaseUnavailable, StorageUnavailable or what `also` raises.
    """
    with translate_disk_errors():
        mark = await asyncio.to_thread(fingerprint, staged)
        size = staged.stat().st_size
    video_id = origin.video_id
    if video_id is None:
        async with database.connection() as connection:
            video_id = await videos.reserve_id(connection)
    await asyncio.to_thread(storage.publish_new, staged, names.original(video_id))
    try:
        async with database.transaction() as connection:
            await insert_film(connection, text, size, mark, structs.replace(origin, video_id=video_id))
            for one in beside:
                await captions.insert(connection, video_id, one)
            if also is not None:
                await also(connection, video_id)
    except DatabaseUnavailable:
        raise
    except VideoflixError:  # nothing was committed
        await asyncio.to_thread(storage.remove, names.original(video_id))
        raise
    return video_id


async def insert_film(connection: Connection, text: VideoText, size: int, mark: bytes, origin: Origin = NEW) -> int:
    """Insert the rows of a film and queue its encode. Returns the video's id. Needs a transaction."""
    words = text.title, text.description, text.category
    video_id = await videos.insert(connection, *words, size, mark, origin)
    await queue_encode(connection, video_id)
    return video_id


def fingerprint(film: Path) -> bytes:
    """Identifies a film by its size, its beginning and its end, whatever its name is. Raises OSError."""
    with film.open("rb") as reading:

        def read(begin: int) -> bytes:
            reading.seek(begin)
            return reading.read(EDGE_BYTES)

        return digest(reading.seek(0, SEEK_END), read)


def fingerprint_of_stored(storage: Storage, name: str) -> bytes:
    """The same for a film in the storage. Raises OSError or StorageUnavailable."""
    size = storage.size(name)
    if size is None:
        raise FileNotFoundError(name)
    return digest(size, lambda begin: storage.read(name, begin, EDGE_BYTES))


def digest(size: int, read: Callable[[int], bytes]) -> bytes:
    """The fingerprint of a film of so many bytes; `read` returns the EDGE_BYTES from an offset on."""
    found = sha256(b"%d " % size)
    for begin in (0, max(0, size - EDGE_BYTES)):
        found.update(read(begin))
    return found.digest()


async def check_unknown(database: Database, storage: Storage, mark: bytes) -> None:
    """Raises DuplicateFilm if a video has a film with this fingerprint."""
    async with database.connection() as connection:
        await _recognise_older(connection, storage)
        known = await videos.known(connection, mark)
    if known:
        video_id, title = known
        told = f"This film is already in the library: “{unescape_html(title)}” (video {video_id})."
        raise DuplicateFilm(told, video_id)


async def _recognise_older(connection: Connection, storage: Storage) -> None:
    """Compute the fingerprint of films that were added before fingerprints were stored, from their originals."""
    for video_id in await videos.without_fingerprint(connection):
        with suppress(OSError):
            mark = await asyncio.to_thread(fingerprint_of_stored, storage, names.original(video_id))
            await videos.set_fingerprint(connection, video_id, mark)


async def resume(connection: Connection, video_id: int) -> bool:
    """Retry what failed of a film and keep the rest. Returns False if nothing failed.

    Needs a transaction. Raises OriginalRemoved or EncodeInProgress.
    """
    await videos.lock(connection, video_id)
    is_gone = await videos.original_is_gone(connection, video_id)
    newest = await encodes.newest(connection, video_id)
    if newest is None or not await jobs.resume(connection, newest):
        return False
    if is_gone:
        raise OriginalRemoved
    if not await encodes.resume(connection, newest):
        raise EncodeInProgress
    return True


async def retry(connection: Connection, storage: Storage, video_id: int) -> None:
    """Like `resume`, but says why not. Raises NotFound, OriginalRemoved, EncodeInProgress or CannotRetry."""
    await videos.lock(connection, video_id)
    now = await encodes.progress(connection, video_id)
    if now is None:
        raise NotFound
    is_whole = 0 < now.units_total == now.units_done
    if now.state is EncodeState.FAILED and not is_whole and not await _has_original(connection, storage, video_id):
        raise OriginalRemoved("The original of this film is gone, so what is missing cannot be encoded.")
    if await resume(connection, video_id):
        return
    if now.state is EncodeState.READY:
        raise CannotRetry("This film is ready. No part of it has failed.")
    if not now.state.is_final:
        raise CannotRetry("This film is still being encoded. No part of it has failed.")
    raise CannotRetry


async def queue_encode(connection: Connection, video_id: int, *, may_copy: bool = True) -> bool:
    """Queue the next version of a film, in which the video of the original may be copied. Returns False if the video
    is unknown or an encode is under way.

    Needs a transaction. Raises OriginalRemoved.
    """
    await videos.lock(connection, video_id)
    if await videos.original_is_gone(connection, video_id):
        raise OriginalRemoved
    encode_id = await encodes.insert(connection, video_id, may_copy=may_copy)
    if encode_id is None:
        return False
    await jobs.insert(connection, encode_id, JobKind.INGEST)
    return True


async def reencode(connection: Connection, storage: Storage, video_id: int) -> None:
    """Encode a film again, and say why if that is not possible. Needs a transaction. Raises NotFound,
    OriginalRemoved or EncodeInProgress."""
    if await videos.lock(connection, video_id) is None:
        raise NotFound
    if not await queue_encode(connection, video_id):
        raise EncodeInProgress
    if not await _has_original(connection, storage, video_id):
        raise OriginalRemoved("The original of this film is missing.")


async def _has_original(connection: Connection, storage: Storage, video_id: int) -> bool:
    if await original_parts.find(connection, video_id):
        return True
    return await asyncio.to_thread(storage.size, names.original(video_id)) is not None


def read_captions(data: bytes, language: str | None, kind: CaptionKind = CaptionKind.FULL) -> Captions:
    """Captions that were uploaded, in a language if it is known. Raises InvalidCaptions."""
    return Captions(
        language=language or languages.UNKNOWN,
        kind=kind,
        name=caption_names.name(language, kind),
        text=webvtt.write(webvtt.read(decode(data, language))),
    )
