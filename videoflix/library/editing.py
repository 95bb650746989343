"""Changes the titles, descriptions and categories of videos, and who may see them: for the API, for uploads and for
imported tables."""

import asyncio
from collections.abc import Mapping

from msgspec import Struct

from videoflix.accounts.queries import audit
from videoflix.db.pool import Connection, Database
from videoflix.errors import NotFound
from videoflix.library import audience
from videoflix.library.audience import AudienceFields
from videoflix.library.metadata import apply, changed_fields, escaped, unescape_html
from videoflix.library.models import Metadata, VideoText
from videoflix.library.queries import videos


class VideoFields(AudienceFields, frozen=True):
    """What an administrator says about a video: its metadata (None is not said) and its audience."""

    title: str | None = None
    description: str | None = None
    category: str | None = None

    @property
    def metadata(self) -> Metadata:
        return Metadata(self.title, self.description, self.category)


class Change(Struct, frozen=True):
    """The metadata of a video before and after."""

    video_id: int
    before: VideoText
    after: VideoText

    @property
    def label(self) -> str:
        """The title before, as plain text."""
        return unescape_html(self.before.title)

    @property
    def fields(self) -> dict[str, tuple[str, str]]:
        """The changed fields: by name, the old and the new value as plain text."""
        return changed_fields(self.before, self.after)


class Changes(Struct, frozen=True):
    """The videos whose metadata changes, and the ids that no video has."""

    changes: list[Change]
    unknown: set[int]


async def edit_video(database: Database, user_id: int, video_id: int, given: VideoFields) -> None:
    """Change the audience and the metadata of one video. Raises NotFound or InvalidFields."""
    async with database.transaction() as connection:
        await audience.edit_videos(connection, user_id, {video_id: given})
        if (await edit(connection, user_id, {video_id: given.metadata})).unknown:
            raise NotFound


async def edit(connection: Connection, user_id: int, given: Mapping[int, Metadata]) -> Changes:
    """Change the metadata of videos, given by id, with an audit entry for each that changes.

    Needs a transaction. Listeners are told when it is committed: by a trigger, whoever writes. Raises InvalidFields.
    """
    texts = await asyncio.to_thread(_escaped, given)
    changed = await asyncio.to_thread(compare, texts, await videos.lock_all(connection, list(given)))
    await videos.edit(connection, {one.video_id: one.after for one in changed.changes})
    entries = [(f"video:{one.video_id}", one.label, one.fields) for one in changed.changes]
    await audit.record_all(connection, user_id, "video.edit", entries)
    return changed


async def preview(connection: Connection, given: Mapping[int, Metadata]) -> Changes:
    """What `edit` would change. Raises InvalidFields."""
    texts = await asyncio.to_thread(_escaped, given)
    return await asyncio.to_thread(compare, texts, await videos.metadata_of(connection, list(given)))


def compare(texts: Mapping[int, Mapping[str, str]], stored: Mapping[int, VideoText]) -> Changes:
    """Where escaped fields, by name, differ from the stored metadata."""
    known = [(video_id, stored[video_id], fields) for video_id, fields in texts.items() if video_id in stored]
    compared = [Change(video_id, before, apply(fields, before)) for video_id, before, fields in known]
    return Changes([one for one in compared if one.after != one.before], texts.keys() - stored.keys())


def _escaped(given: Mapping[int, Metadata]) -> dict[int, dict[str, str]]:
    """Raises InvalidFields."""
    return {video_id: escaped(one) for video_id, one in given.items()}
