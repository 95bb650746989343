"""The home page of a viewer: the rows of all who may see the same, and those of the viewer."""

from collections.abc import Iterable
from datetime import datetime

from videoflix.accounts.models import Session
from videoflix.db.pool import Connection, Database
from videoflix.library.film_rows import FilmRows
from videoflix.library.models import Card, FilmRow
from videoflix.library.queries import cards
from videoflix.watching import queries
from videoflix.watching.cards import merge
from videoflix.watching.models import Home, HomeRow, OwnFilms, RowKind


async def home(database: Database, films: FilmRows, session: Session, now: datetime, base_url: str = "") -> Home:
    """The rows that have films. Addresses begin with `base_url`."""
    shared = await films.get(session.viewer, base_url)
    known = {card.id: card for row in shared for card in row.cards if not card.episodes}
    async with database.connection() as connection:
        own = await queries.home(connection, session, list(known), now, cards.ROW_LENGTH)
        known |= await _missing(connection, session, known, (*own.continuing, *own.listed), base_url)
    rows = [*_own_rows(own, known), *_shared_rows(shared, own)]
    newest = shared[0].cards[:1] if shared else ()
    return Home(hero=next(iter(merge(newest, own.states)), None), rows=[row for row in rows if row.items])


async def _missing(
    connection: Connection, session: Session, known: dict[int, Card], wanted: Iterable[int], base_url: str
) -> dict[int, Card]:
    """The cards of the viewer's films that are in none of the shared rows."""
    ids = [video_id for video_id in dict.fromkeys(wanted) if video_id not in known]
    if not ids:
        return {}
    return {card.id: card for card in await cards.cards(connection, session.viewer, ids, base_url)}


def _own_rows(own: OwnFilms, known: dict[int, Card]) -> list[HomeRow]:
    return [
        HomeRow(
            kind=kind,
            total=total,
            items=merge((known[video_id] for video_id in ids if video_id in known), own.states),
        )
        for kind, ids, total in (
            (RowKind.CONTINUE, own.continuing, own.continuing_total),
            (RowKind.LIST, own.listed, own.listed_total),
        )
    ]


def _shared_rows(shared: Iterable[FilmRow], own: OwnFilms) -> list[HomeRow]:
    return [
        HomeRow(
            kind=RowKind.NEW if row.category is None else RowKind.CATEGORY,
            category=row.category,
            total=row.total,
            items=merge(row.cards, own.states),
        )
        for row in shared
    ]
