"""Reads the addresses that players request: the video, the resolution, and the version of the encode."""

import re

from aiohttp import web

from videoflix.encoding.ladder import MAX_KBITS, best
from videoflix.errors import NotFound
from videoflix.http.operations import Parameter, text
from videoflix.http.paths import path_id
from videoflix.http.responses import REVALIDATE
from videoflix.library.handlers.visible import check_visible
from videoflix.storage.names import IMMUTABLE
from videoflix.streaming.models import Film
from videoflix.streaming.resources import FILM_CACHE

RESOLUTIONS = {f"{label}p": label for label in MAX_KBITS}
# These exist for every film, as clients with a fixed quality menu expect.
ALWAYS = (480, 720, 1080)
VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)

RESOLUTION = Parameter(
    name="resolution",
    description="480p, 720p and 1080p exist for every film, the others for films that are encoded in them.",
    schema={"type": "string", "enum": list(RESOLUTIONS)},
    example="480p",
    place="path",
)
VERSION_PARAMETER = text(
    "v",
    "The version of the encode, as playlists name it. With it, the answer never changes.",
    "1",
    pattern=f"^{VERSION.pattern}$",
)


async def current_film(request: web.Request) -> Film:
    """The current version of the video in the path. Raises NotFound if nothing of it can be played or seen."""
    await check_visible(request)
    film = await request.app[FILM_CACHE].film(path_id(request))
    if film is None:
        raise NotFound
    return film


async def complete_film(request: web.Request) -> Film:
    """The same, once all of it is encoded. Raises NotFound until then."""
    film = await current_film(request)
    if not film.is_complete:
        raise NotFound
    return film


def requested_resolution(request: web.Request) -> int:
    """The label in the path, as 480 for `480p`. Raises NotFound if no film is ever encoded with it."""
    try:
        return RESOLUTIONS[request.match_info["resolution"]]
    except KeyError:
        raise NotFound from None


def answering(labels: tuple[int, ...], asked: int) -> int:
    """Which rendition of a film answers a request for a label: that one, or the best below it for labels that clients
    expect of every film. Raises NotFound for others that the film does not have."""
    if not labels or (asked not in labels and asked not in ALWAYS):
        raise NotFound
    return best(labels, asked)


def requested_version(request: web.Request, film: Film) -> int:
    """The version in `?v=`, or the current one. Raises NotFound for a version that was never published.

    An older version is kept for a while for viewers who started with it.
    """
    text = request.query.get("v")
    if text is None:
        return film.version
    if not VERSION.fullmatch(text) or int(text) > film.version:
        raise NotFound
    return int(text)


def caching(request: web.Request) -> str:
    """The Cache-Control of a file of `requested_version`: with a version in it, an address never changes content."""
    return IMMUTABLE if "v" in request.query else REVALIDATE


def caching_for(request: web.Request, current: str) -> str:
    """The Cache-Control of a file that is always served in its current version, whatever `?v=` says."""
    return IMMUTABLE if request.query.get("v") == current else REVALIDATE
