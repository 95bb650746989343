"""Everything that is stored about an account, for its owner to keep."""

from typing import Any

import msgspec
from aiohttp import web

from videoflix.accounts.resources import SESSION
from videoflix.db.loader import Queries
from videoflix.http import bodies
from videoflix.http.access import adult
from videoflix.http.resources import DATABASE
from videoflix.library.metadata import unescape_html
from videoflix.watching.progress import STRETCH_SECONDS
from videoflix.watching.resources import RECORDER

SQL = Queries("own_data")


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
