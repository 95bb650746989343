"""The cards of films: what lists of films show."""

from videoflix.db.loader import Queries
from videoflix.db.pool import Connection
from videoflix.library.models import Card

SQL = Queries("cards")


async def cards(connection: Connection, video_ids: list[int], base_url: str = "") -> list[Card]:
    """The cards of these videos in this order, without those that cannot be played."""
    return [Card(**row) for row in await connection.fetch(SQL.cards, video_ids, base_url)]
