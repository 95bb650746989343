"""What is done to series and their episodes: by administrators, with an audit entry each, and by imports."""

from contextlib import suppress
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from videoflix.accounts.audit_actions import AuditAction
from videoflix.accounts.queries import audit
from videoflix.db.pool import Connection, Database
from videoflix.errors import InvalidFields, NotFound
from videoflix.library import actions, audience, series_order
from videoflix.library.actions import LibraryContext
from videoflix.library.audience import AudienceFields
from videoflix.library.episodes import EpisodeName, recognise_title
from videoflix.library.folding import fold
from videoflix.library.metadata import MAX_LENGTHS, escape_html, unescape_html
from videoflix.library.models import Episode, SeriesText
from videoflix.library.queries import series, videos

# PostgreSQL's integer is larger; no series is.
MAX_NUMBER = 9999

Number = Annotated[int, Meta(ge=0, le=MAX_NUMBER)]


class SeriesFields(AudienceFields, frozen=True):
    """What people say about a series, as plain text, and about who may see it; what they do not say stays. Without a
    picture, the first episode's thumbnail is shown."""

    title: str | None = None
    description: str | None = None
    picture_video_id: int | UnsetType | None = UNSET


class EpisodeFields(Struct, frozen=True):
    """Another season or number of an episode; what is not said stays."""

    season: Number | UnsetType = UNSET
    number: Number | UnsetType | None = UNSET


async def create(database: Database, user_id: int, given: SeriesFields) -> int:
    """Returns the id. Raises InvalidFields."""
    text = _changed(SeriesText(""), given)
    if not text.title:
        raise InvalidFields({"title": "A series needs a title."})
    async with database.transaction() as connection:
        series_id = await _insert(connection, user_id, text.title, text.description)
        await audience.edit_series(connection, user_id, {series_id: given})
    return series_id


async def edit(database: Database, user_id: int, series_id: int, given: SeriesFields) -> None:
    """Raises NotFound or InvalidFields."""
    async with database.transaction() as connection:
        await audience.edit_series(connection, user_id, {series_id: given})
        before = await _lock(connection, series_id)
        after = _changed(before, given)
        if after.picture_video_id != before.picture_video_id and after.picture_video_id is not None:
            ids = {one.id for one in await series.episodes(connection, series_id)}
            if after.picture_video_id not in ids:
                raise InvalidFields({"picture_video_id": "This video is not an episode of the series."})
        if after == before:
            return
        await series.edit(connection, series_id, after)
        was, now = structs.asdict(before), structs.asdict(after)
        fields = {name: (_plain(was[name]), _plain(now[name])) for name in was if was[name] != now[name]}
        await _record(connection, user_id, "series.edit", series_id, before, **fields)


async def remove(context: LibraryContext, user_id: int, series_id: int, *, with_episodes: bool) -> None:
    """Delete a series. Its episodes are deleted with it, or stay with its audience. Raises NotFound."""
    if with_episodes:
        async with context.database.connection() as connection:
            doomed = await series.episodes(connection, series_id)
        for one in doomed:
            with suppress(NotFound):
                await actions.remove(context, user_id, one.id)
    async with context.database.transaction() as connection:
        text = await _lock(connection, series_id)
        ordered = await _lock_episodes(connection, series_id)
        await series.take_out(connection, [one.id for one in ordered])
        await series.remove(connection, series_id)
        await _record(connection, user_id, "series.delete", series_id, text, kept=[one.id for one in ordered])


async def add(database: Database, user_id: int, series_id: int, video_ids: list[int], season: int | None) -> None:
    """Make videos episodes of a series, which leave another one for it. Season and number are those that the title
    names, or season 1 and none; `season` decides otherwise. Raises NotFound or InvalidFields."""
    async with database.transaction() as connection:
        await series.lock_of_videos(connection, video_ids)
        text = await _lock(connection, series_id)
        known = await videos.lock_all(connection, video_ids)
        if unknown := [video_id for video_id in video_ids if video_id not in known]:
            raise InvalidFields({"ids": f"There is no such video: {', '.join(map(str, unknown))}."})
        ordered = await series.episodes(connection, series_id)
        new = [one for one in dict.fromkeys(video_ids) if one not in {episode.id for episode in ordered}]
        await series.take_out(connection, new)
        for video_id in new:
            named = recognise_title(unescape_html(known[video_id].title))
            number = named.number if named else None
            in_season = season if season is not None else named.season if named else 1
            one = Episode(id=video_id, title=known[video_id].title, season=in_season, number=number)
            ordered = series_order.insert(ordered, one)
        await series.set_episodes(connection, series_id, ordered)
        await _record(connection, user_id, "series.add", series_id, text, videos=new)


async def take_out(database: Database, user_id: int, series_id: int, video_id: int) -> None:
    """Take an episode out of its series, with the audience of that. Raises NotFound."""
    async with database.transaction() as connection:
        text, ordered = await _lock_all(connection, series_id)
        _episode(ordered, video_id)
        await series.take_out(connection, [video_id])
        await _record(connection, user_id, "series.remove", series_id, text, videos=[video_id])


async def change(database: Database, user_id: int, series_id: int, video_id: int, given: EpisodeFields) -> None:
    """Give an episode another season, where it goes behind the others with lower numbers, or another number, which
    does not move it. Raises NotFound."""
    async with database.transaction() as connection:
        text, ordered = await _lock_all(connection, series_id)
        before = _episode(ordered, video_id)
        given_fields = {name: value for name, value in structs.asdict(given).items() if value is not UNSET}
        after = structs.replace(before, **given_fields)
        if after == before:
            return
        if after.season == before.season:
            ordered = [after if one.id == video_id else one for one in ordered]
        else:
            ordered = series_order.insert([one for one in ordered if one.id != video_id], after)
        await series.set_episodes(connection, series_id, ordered)
        await _record(connection, user_id, "series.edit", series_id, text, video=video_id, **given_fields)


async def arrange(database: Database, user_id: int, series_id: int, season: int, video_ids: list[int]) -> None:
    """Begin a season with these episodes in this order, also with those of other seasons. Raises NotFound or
    InvalidFields."""
    async with database.transaction() as connection:
        text, ordered = await _lock_all(connection, series_id)
        if len(set(video_ids)) < len(video_ids) or not {one.id for one in ordered}.issuperset(video_ids):
            raise InvalidFields({"ids": "Please name episodes of this series, each once."})
        await series.set_episodes(connection, series_id, series_order.arrange(ordered, season, video_ids))
        await _record(connection, user_id, "series.order", series_id, text, season=season, videos=video_ids)


async def place(connection: Connection, user_id: int | None, video_id: int, named: EpisodeName) -> None:
    """Put a video that was just added into the series that its name or its folder names. The series is created if
    there is none with this title: spelling, accents and case make no difference."""
    series_id = await _find(connection, named.series)
    if series_id is None:
        title = escape_html(named.series, MAX_LENGTHS["title"])
        about = escape_html(named.about, MAX_LENGTHS["description"])
        series_id = await _insert(connection, user_id, title, about)
    one = Episode(id=video_id, title="", season=named.season, number=named.number)
    ordered = series_order.insert(await _lock_episodes(connection, series_id), one)
    await series.set_episodes(connection, series_id, ordered)


async def _find(connection: Connection, title: str) -> int | None:
    """The oldest series with this title, which is locked; None if there is none, also until the transaction ends."""
    await series.lock_titles(connection)
    for series_id, known in await series.titles(connection):
        if fold(known) == fold(title) and await series.lock(connection, series_id):
            return series_id
    return None


async def _insert(connection: Connection, user_id: int | None, title: str, description: str) -> int:
    series_id = await series.insert(connection, title, description)
    await _record(connection, user_id, "series.create", series_id, SeriesText(title))
    return series_id


async def _lock(connection: Connection, series_id: int) -> SeriesText:
    """Raises NotFound."""
    text = await series.lock(connection, series_id)
    if text is None:
        raise NotFound
    return text


async def _lock_all(connection: Connection, series_id: int) -> tuple[SeriesText, list[Episode]]:
    """Lock a series, then its episodes. Raises NotFound."""
    text = await _lock(connection, series_id)
    return text, await _lock_episodes(connection, series_id)


async def _lock_episodes(connection: Connection, series_id: int) -> list[Episode]:
    """Lock the episodes of a locked series. One that was deleted meanwhile is not among them."""
    ids = [one.id for one in await series.episodes(connection, series_id)]
    await videos.lock_all(connection, ids)
    return await series.episodes(connection, series_id)


def _episode(ordered: list[Episode], video_id: int) -> Episode:
    """Raises NotFound."""
    for one in ordered:
        if one.id == video_id:
            return one
    raise NotFound


def _changed(before: SeriesText, given: SeriesFields) -> SeriesText:
    """Raises InvalidFields."""
    told = {
        name: escape_html(text, MAX_LENGTHS[name])
        for name, text in (("title", given.title), ("description", given.description))
        if text is not None
    }
    if told.get("title") == "":
        raise InvalidFields({"title": "A series needs a title."})
    picture = before.picture_video_id if given.picture_video_id is UNSET else given.picture_video_id
    return structs.replace(before, **told, picture_video_id=picture)


def _plain(value: str | int | None) -> str | int | None:
    return unescape_html(value) if isinstance(value, str) else value


async def _record(
    connection: Connection,
    user_id: int | None,
    action: AuditAction,
    series_id: int,
    text: SeriesText,
    **detail: object,
) -> None:
    await audit.record(connection, user_id, action, f"series:{series_id}", unescape_html(text.title), **detail)
