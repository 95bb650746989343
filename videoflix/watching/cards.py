"""Cards of films for a viewer: what everyone sees, with the viewer's position and list."""

from collections import Counter
from collections.abc import Iterable

from msgspec import structs

from videoflix.accounts.models import Session
from videoflix.db.pool import Connection
from videoflix.library.models import Card
from videoflix.library.queries import cards
from videoflix.watching import queries
from videoflix.watching.models import State, ViewerCard
from videoflix.watching.queries import States

NOTHING = State()


async def viewer_cards(
    connection: Connection, session: Session, found: States, base_url: str = ""
) -> list[ViewerCard]:
    """The cards of these videos in this order. Addresses begin with `base_url`."""
    states = dict(found)
    return merge(await cards.cards(connection, session.viewer, list(states), base_url), states)


async def cards_for(
    connection: Connection, session: Session, video_ids: list[int], base_url: str = "", *, whole_series: bool = False
) -> list[ViewerCard]:
    """The cards of any videos, in this order, without those that cannot be played or seen. With `whole_series`, each
    episode stands for its series."""
    films = await cards.cards(connection, session.viewer, video_ids, base_url, whole_series=whole_series)
    return merge(films, await queries.states(connection, session, video_ids))


async def cards_of_found(
    connection: Connection, session: Session, video_ids: list[int], base_url: str = ""
) -> list[ViewerCard]:
    """The cards of what a search has found, in this order. Several episodes of a series are shown as the series."""
    films = await cards_for(connection, session, video_ids, base_url)
    found = Counter(film.series_id for film in films)
    first = {film.series_id: film.id for film in reversed(films) if film.series_id and found[film.series_id] > 1}
    whole = await cards_for(connection, session, list(first.values()), base_url, whole_series=True) if first else []
    series = {film.series_id: film for film in whole}
    leading = set(first.values())
    return [series.get(film.series_id, film) for film in films if film.series_id not in series or film.id in leading]


def merge(films: Iterable[Card], states: dict[int, State]) -> list[ViewerCard]:
    """The cards with what the viewer has done with the films."""
    return [_merged(film, NOTHING if film.episodes else states.get(film.id, NOTHING)) for film in films]


def _merged(film: Card, state: State) -> ViewerCard:
    return ViewerCard(
        **structs.asdict(film),
        progress=round(min(1.0, state.position / state.duration), 4) if state.duration else 0.0,
        resume_at=state.resume_at,
        watched=state.watched,
        in_list=state.in_list,
        played_at=state.played_at,
    )
