"""Chooses the thumbnail of a video: an uploaded image, a candidate, or a frame. A worker carries it out."""

import asyncio

from videoflix.db.pool import Connection, Database
from videoflix.errors import InvalidFields, InvalidInput, NotAnImage, OriginalRemoved
from videoflix.library.actions import lock_video, record
from videoflix.library.containers import MAX_IMAGE_BYTES, PICTURE
from videoflix.library.models import ThumbnailSource
from videoflix.library.queries import admin_videos, thumbnails
from videoflix.library.queries.admin_videos import VideoEntry
from videoflix.storage import names
from videoflix.storage.storage import Storage


async def keep_image(
    database: Database, storage: Storage, user_id: int | None, video_id: int, image: bytes, floor: int
) -> None:
    """Use an image for the thumbnail until another one is chosen, also in later versions.

    `floor` is how many bytes of the disk stay free. Raises NotFound, NotAnImage or StorageUnavailable.
    """
    check_image(image)
    async with database.transaction() as connection:
        await use_image(connection, storage, user_id, video_id, image, floor)


def check_image(image: bytes) -> None:
    """Raises NotAnImage."""
    if not PICTURE.match(image) or len(image) > MAX_IMAGE_BYTES:
        raise NotAnImage


async def use_image(
    connection: Connection, storage: Storage, user_id: int | None, video_id: int, image: bytes, floor: int
) -> None:
    """The same in a transaction, for an image that has been checked. Raises NotFound or StorageUnavailable."""
    text = await lock_video(connection, video_id)
    await thumbnails.choose(connection, video_id, ThumbnailSource.UPLOAD)
    await record(connection, user_id, "video.thumbnail", video_id, text, bytes=len(image))
    await asyncio.to_thread(_store, storage, video_id, image, floor)


def _store(storage: Storage, video_id: int, image: bytes, floor: int) -> None:
    """Raises StorageUnavailable."""
    storage.check_free_space(floor)
    with storage.stage() as folder:
        staged = folder / "picture"
        staged.write_bytes(image)
        storage.publish(staged, names.thumbnail_source(video_id))


async def choose(
    database: Database, storage: Storage, user_id: int, video_id: int, candidate: int | None, at: float | None
) -> None:
    """Use a candidate, given by its number, or the frame at a time in seconds. Raises NotFound, InvalidInput or
    OriginalRemoved."""
    async with database.transaction() as connection:
        text = await lock_video(connection, video_id)
        entry = await admin_videos.entry(connection, video_id)
        assert entry is not None
        source, selector = await asyncio.to_thread(_selector_of, storage, entry, candidate, at)
        await thumbnails.choose(connection, video_id, source, selector)
        await record(connection, user_id, "video.thumbnail", video_id, text, **{source: selector})
        await asyncio.to_thread(storage.remove, names.thumbnail_source(video_id))


def _selector_of(
    storage: Storage, entry: VideoEntry, candidate: int | None, at: float | None
) -> tuple[ThumbnailSource, float]:
    """Where the thumbnail comes from. Raises InvalidInput or OriginalRemoved."""
    if candidate is not None and at is None:
        if storage.size(names.candidate(entry.id, entry.version or 0, candidate)) is None:
            raise InvalidFields({"candidate": "There is no such candidate."})
        return ThumbnailSource.CANDIDATE, candidate
    if at is None or candidate is not None:
        raise InvalidInput("Please choose either a candidate or a time.")
    if entry.duration is None:
        raise InvalidFields({"at": "The duration of the film is not known yet."})
    if at >= entry.duration:
        raise InvalidFields({"at": f"The film is {entry.duration:.1f} seconds long."})
    if entry.original_bytes is None or storage.size(names.original(entry.id)) is None:
        raise OriginalRemoved("The original of this film is gone. Please choose a candidate or upload an image.")
    return ThumbnailSource.FRAME, at
