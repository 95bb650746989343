"""Everything that is stored about an account, for its owner to keep."""

from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web
from msgspec import Struct

from videoflix.accounts.resources import SESSION
from videoflix.db.loader import Queries
from videoflix.http import bodies
from videoflix.http.access import adult
from videoflix.http.operations import operation
from videoflix.http.resources import DATABASE
from videoflix.library.metadata import unescape_html
from videoflix.watching.progress import STRETCH_SECONDS
from videoflix.watching.resources import RECORDER

SQL = Queries("own_data")


class StoredAccount(Struct, frozen=True):
    id: int
    email: str
    name: str
    created_at: datetime
    is_staff: bool
    groups: list[str]


class StoredFilm(Struct, frozen=True):
    """A film that was watched; times are in seconds, and a stretch has `seconds_per_stretch`."""

    video_id: int
    title: str
    position: float
    duration: float
    seen_stretches: int
    played_at: datetime | None
    watched_at: datetime | None
    hidden_at: datetime | None


class StoredListEntry(Struct, frozen=True):
    video_id: int
    title: str
    added_at: datetime


class StoredProfile(Struct, frozen=True):
    id: int
    name: str
    picture: str
    language: str | None
    max_age: int
    has_pin: bool
    caption_size: str
    caption_background: str
    plays_on: bool
    created_at: datetime
    films: list[StoredFilm]
    list: list[StoredListEntry]


class StoredSession(Struct, frozen=True):
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    user_agent: str
    address: str


class OwnData(Struct, frozen=True):
    """Everything that is stored about an account."""

    account: StoredAccount
    profiles: list[StoredProfile]
    sessions: list[StoredSession]
    seconds_per_stretch: int


@operation("Download everything about the own account", OwnData, headers=("Content-Disposition",))
@adult
async def download(request: web.Request) -> web.Response:
    """The account, its sessions, and of each profile the films and the list, without passwords, PINs and tokens."""
    await request.app[RECORDER].flush()
    async with request.app[DATABASE].connection() as connection:
        text = await connection.fetchval(SQL.of_user, request[SESSION].user_id)
    data = msgspec.json.decode(text, type=dict[str, Any])
    for film in (film for profile in data["profiles"] for film in (*profile["films"], *profile["list"])):
        film["title"] = unescape_html(film["title"])
    data["seconds_per_stretch"] = STRETCH_SECONDS
    response = bodies.answer(data)
    response.headers["Content-Disposition"] = 'attachment; filename="videoflix-account.json"'
    return response
