"""Parses the ids in paths."""

import re

from aiohttp import web

from videoflix.errors import NotFound

# At most 18 digits, which always fit PostgreSQL's bigint.
ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def path_id(request: web.Request, name: str = "id") -> int:
    """The id in a part of the path. Raises NotFound if it is not one."""
    text = request.match_info[name]
    if not ID.fullmatch(text):
        raise NotFound
    return int(text)
