"""Ids in paths: one pattern for all of them."""

import re

from aiohttp import web

from videoflix.errors import NotFound

# Fits PostgreSQL's bigint, whatever the digits.
ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def path_id(request: web.Request, name: str = "id") -> int:
    """The number that a part of the path holds. Raises NotFound for anything else."""
    text = request.match_info[name]
    if not ID.fullmatch(text):
        raise NotFound
    return int(text)
