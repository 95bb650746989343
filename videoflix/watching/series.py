"""A series as a viewer sees it: the visible episodes of its seasons, and with which one the viewer goes on."""

from itertools import groupby
from operator import attrgetter

from videoflix.accounts.models import Session
from videoflix.db.pool import Connection
from videoflix.errors import NotFound
from videoflix.library.queries import series
from videoflix.watching import queries
from videoflix.watching.cards import cards_for
from videoflix.watching.models import Season, SeriesDetail, ViewerCard


async def series_of(connection: Connection, session: Session, series_id: int, base_url: str = "") -> SeriesDetail:
    """Addresses begin with `base_url`. Raises NotFound if the viewer may see none of its episodes."""
    ids = await series.visible_episodes(connection, session.viewer, series_id)
    episodes = await cards_for(connection, session, ids, base_url)
    whole = await cards_for(connection, session, ids[:1], base_url, whole_series=True)
    if not episodes or not whole:
        raise NotFound
    upcoming = await queries.next_of_series(connection, session, series_id)
    seasons = [Season(season=number, episodes=list(each)) for number, each in groupby(episodes, attrgetter("season"))]
    return SeriesDetail(
        id=series_id,
        title=whole[0].title,
        description=whole[0].description,
        thumbnail_url=whole[0].thumbnail_url,
        thumbnail_width=whole[0].thumbnail_width,
        thumbnail_colour=whole[0].thumbnail_colour,
        next=next((one for one in episodes if one.id == upcoming), None) or _first(episodes),
        seasons=sorted(seasons, key=lambda one: (one.season == 0, one.season)),
    )


def _first(episodes: list[ViewerCard]) -> ViewerCard:
    """Where somebody begins who has seen nothing, or all: not with specials if there is anything else."""
    usual = [one for one in episodes if one.season] or episodes
    return next((one for one in usual if not one.watched), usual[0])
