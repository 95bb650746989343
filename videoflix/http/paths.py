"""Reads the ids in paths."""

from aiohttp import web

from videoflix.errors import NotFound
from videoflix.ids import parse_id


def path_id(request: web.Request, name: str = "id") -> int:
    """The id in a part of the path. Raises NotFound if it is not one."""
    found = parse_id(request.match_info[name])
    if found is None:
        raise NotFound
    return found
