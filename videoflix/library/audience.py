"""Changes who may see videos and series: what administrators say about it, with an audit entry for each change."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from videoflix.accounts.queries import audit, groups
from videoflix.db.pool import Connection
from videoflix.errors import InvalidFields
from videoflix.ids import Id
from videoflix.library.models import Audience
from videoflix.library.queries import audience as queries
from videoflix.library.queries.audience import Seen

MAX_GROUPS = 1000
# The years that a time may be in. Python and PostgreSQL agree about all of them in every time zone.
FIRST_YEAR, LAST_YEAR = 1970, 2999

Age = Literal[0, 6, 12, 16, 18]
Time = Annotated[datetime, Meta(tz=True)]


class AudienceFields(Struct, frozen=True):
    """Who may see a video or a series; what is not said stays. Without groups (null), everyone who is logged in may;
    an empty list is for administrators alone."""

    group_ids: Annotated[list[Id], Meta(max_length=MAX_GROUPS)] | UnsetType | None = UNSET
    min_age: Age | UnsetType = UNSET
    is_draft: bool | UnsetType = UNSET
    visible_from: Time | UnsetType | None = UNSET


class Change(Struct, frozen=True):
    """The audience of a video or a series before and after."""

    id: int
    title: str
    before: Audience
    after: Audience


async def edit_videos(
    connection: Connection, user_id: int, given: Mapping[int, AudienceFields]
) -> tuple[list[Change], set[int]]:
    """Change who may see videos, given by id. Returns what has changed, and the ids that no video has.

    Needs a transaction. Raises InvalidFields.
    """
    return await _edit(connection, user_id, "video", given, queries.lock_videos, queries.edit_videos)


async def edit_series(
    connection: Connection, user_id: int, given: Mapping[int, AudienceFields]
) -> tuple[list[Change], set[int]]:
    """The same for series."""
    return await _edit(connection, user_id, "series", given, queries.lock_series, queries.edit_series)


async def preview(connection: Connection, given: Mapping[int, AudienceFields]) -> list[Change]:
    """What `edit_videos` would change. Raises InvalidFields."""
    await check(connection, given.values())
    return compare(given, await queries.videos(connection, list(given)))


def compare(given: Mapping[int, AudienceFields], stored: Mapping[int, Seen]) -> list[Change]:
    """Where what is given differs from what is stored."""
    changes = [
        Change(key, stored[key].title, stored[key].audience, apply(fields, stored[key].audience))
        for key, fields in given.items()
        if key in stored
    ]
    return [one for one in changes if one.after != one.before]


def apply(given: AudienceFields, before: Audience) -> Audience:
    """The audience after these fields were changed."""
    fields = {name: getattr(given, name) for name in AudienceFields.__struct_fields__}
    told = {name: value for name, value in fields.items() if value is not UNSET}
    if told.get("group_ids") is not None:
        told["group_ids"] = tuple(sorted(set(told["group_ids"])))
    if told.get("visible_from") is not None:
        told["visible_from"] = told["visible_from"].astimezone(UTC)
    return structs.replace(before, **told)


async def check(connection: Connection, given: Collection[AudienceFields]) -> None:
    """Keep the groups that are named until the transaction ends. Raises InvalidFields."""
    named = {group_id for one in given for group_id in one.group_ids or ()}
    if unknown := sorted(named - (await groups.keep(connection, named)).keys()):
        raise InvalidFields({"group_ids": f"There is no such group: {', '.join(map(str, unknown))}."})
    times = [one.visible_from for one in given if isinstance(one.visible_from, datetime)]
    if any(not FIRST_YEAR <= time.year <= LAST_YEAR for time in times):
        raise InvalidFields({"visible_from": f"Please choose a year from {FIRST_YEAR} to {LAST_YEAR}."})


async def changed_fields(
    connection: Connection, changes: Collection[Change]
) -> dict[int, dict[str, tuple[Any, Any]]]:
    """The changed fields by id and name: the old and the new value, groups by their names."""
    names = await groups.names(connection, _groups_of(changes))
    return {one.id: _told(one, names) for one in changes}


async def _edit(
    connection: Connection,
    user_id: int,
    kind: Literal["video", "series"],
    given: Mapping[int, AudienceFields],
    lock: Callable[[Connection, Collection[int]], Awaitable[dict[int, Seen]]],
    write: Callable[[Connection, Mapping[int, Audience]], Awaitable[None]],
) -> tuple[list[Change], set[int]]:
    """Raises InvalidFields."""
    await check(connection, given.values())  # groups are locked before videos, as when a group is deleted
    stored = await lock(connection, list(given))
    changes = compare(given, stored)
    await write(connection, {one.id: one.after for one in changes})
    fields = await changed_fields(connection, changes)
    entries = [(f"{kind}:{one.id}", one.title, fields[one.id]) for one in changes]
    await audit.record_all(connection, user_id, "video.audience" if kind == "video" else "series.audience", entries)
    return changes, given.keys() - stored.keys()


def _told(change: Change, names: Mapping[int, str]) -> dict[str, tuple[Any, Any]]:
    """The changed fields by name, with the old and the new value; groups are called by their names."""
    pairs = {name: (getattr(change.before, name), getattr(change.after, name)) for name in Audience.__struct_fields__}
    fields = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if "group_ids" in fields:
        before, after = fields.pop("group_ids")
        fields["groups"] = (_names(before, names), _names(after, names))
    return fields


def _names(group_ids: tuple[int, ...] | None, names: Mapping[int, str]) -> list[str] | None:
    return None if group_ids is None else [names[group_id] for group_id in group_ids if group_id in names]


def _groups_of(changes: Collection[Change]) -> set[int]:
    return {group_id for one in changes for side in (one.before, one.after) for group_id in side.group_ids or ()}
