"""Creates uploads: checks what the client announces, and reserves space for it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePath
from uuid import uuid4

from msgspec import structs
from msgspec.structs import replace

from videoflix.accounts.queries import audit
from videoflix.db.pool import Connection
from videoflix.errors import EncodeInProgress, InvalidFields, NotAFilm, TooLarge
from videoflix.ids import parse_id
from videoflix.library import adding
from videoflix.library.episodes import EpisodeName, full_title, recognise
from videoflix.library.metadata import file_name, text_of_new, title_of, unescape_html
from videoflix.library.models import Metadata
from videoflix.storage.folders import format_bytes
from videoflix.uploads import queries as rows
from videoflix.uploads import tus
from videoflix.uploads.context import UploadContext
from videoflix.uploads.models import Upload

# Space is reserved for an upload, unless it has been silent for this long.
SILENT = timedelta(hours=1)


async def create(context: UploadContext, user_id: int, length: int, metadata: str) -> Upload:
    """Create an upload, without any bytes yet.

    Raises InvalidInput, NotAFilm, TooLarge, EncodeInProgress or StorageUnavailable; DuplicateFilm if the client sends
    the `fingerprint` of a film in the library, without `again`.
    """
    told = tus.metadata(metadata)
    most = context.settings.max_upload_size
    if most and length > most:
        limit = f"An upload can have at most {format_bytes(most)} (MAX_UPLOAD_SIZE)."
        raise TooLarge(f"{limit} On the server, bin/add-video takes larger files.")
    if length == 0:
        raise NotAFilm("The file is empty. Please copy it again.")
    if told.get("fingerprint") and not told.get("video") and not told.get("again"):
        await adding.check_unknown(context.database, context.storage, _fingerprint(told["fingerprint"]))
    async with context.database.transaction() as connection:
        upload = await _announced(connection, length, metadata, told)
        coming = await rows.outstanding(connection, SILENT)
        await context.in_thread(context.storage.check_free_space, context.settings.disk_floor + coming, length)
        await rows.insert(connection, upload)
        label = unescape_html(upload.title)
        await audit.record(
            connection, user_id, "upload.begin", f"upload:{upload.id}", label, file=upload.filename, bytes=length
        )
        await context.in_thread(context.storage.make_upload, upload.id)
    return upload


async def _announced(connection: Connection, length: int, metadata: str, told: dict[str, str]) -> Upload:
    """Raises InvalidFields, EncodeInProgress."""
    filename, now = file_name(told.get("filename") or told.get("name") or ""), datetime.now(UTC)
    episode = episode_of(filename, told)
    title = told.get("title") or (full_title(episode) if episode else title_of(Path(filename)))
    text = text_of_new(Metadata(title, told.get("description"), told.get("category")))
    video_id = _video_id(told["video"]) if told.get("video") else None
    if video_id is not None:
        text = replace(text, title=await _replaceable(connection, video_id))
    return Upload(
        id=uuid4(),
        filename=filename,
        **structs.asdict(text),
        metadata=metadata,
        length=length,
        replaces=video_id is not None,
        video_id=video_id,
        created_at=now,
        expires_at=now + rows.LIFETIME,
    )


def episode_of(filename: str, told: Mapping[str, str]) -> EpisodeName | None:
    """The episode that an uploaded file is by its name and its folders, if the client sends its `path`."""
    parts = [file_name(part) for part in told.get("path", "").split("/")[:-1]]
    return recognise(PurePath(*parts, filename))


async def _replaceable(connection: Connection, video_id: int) -> str:
    """The title of a video whose film may be replaced now. Raises InvalidFields, EncodeInProgress."""
    title = await rows.video_title(connection, video_id)
    if title is None:
        raise InvalidFields({"video": "There is no such video."})
    if await rows.is_in_the_making(connection, video_id):
        raise EncodeInProgress
    return title


def _fingerprint(told: str) -> bytes:
    if not re.fullmatch(r"[0-9a-f]{64}", told):
        raise InvalidFields({"fingerprint": "This is not the fingerprint of a film."})
    return bytes.fromhex(told)


def _video_id(told: str) -> int:
    video_id = parse_id(told)
    if video_id is None:
        raise InvalidFields({"video": "This is not a video id."})
    return video_id
