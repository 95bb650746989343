"""For those who watch over the server, people and machines."""

from aiohttp import web

from videoflix.web.access import public
from videoflix.web.payload import answer


@public
async def health(request: web.Request) -> web.Response:
    """The process lives and its loop turns; it says nothing about its neighbours."""
    return answer({"detail": "alive"})
