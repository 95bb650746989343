"""Updates the documents that the search compares, for videos that were added or changed."""

import psycopg

from videoflix.db.migrations import Connection as MigrationConnection
from videoflix.db.pool import Database
from videoflix.library.queries import search

# Documents of one transaction. Folding a long description takes up to 3 milliseconds, and whoever edits a film waits
# for its document.
BATCH = 20
# Batches before a search. After a change of the whole library, the next searches go on.
MAX_BATCHES = 50


def fill_search_index(connection: MigrationConnection) -> None:
    """Update all stale documents. What is done stays done if this is interrupted."""
    cursor = psycopg.RawCursor(connection)
    while True:
        with connection.transaction():
            ids = [row[0] for row in cursor.execute(search.SQL.lock_stale, (BATCH,)).fetchall()]
            texts = cursor.execute(search.SQL.of_videos, (ids,)).fetchall()
            for statement, values in search.updates(texts):
                cursor.execute(statement, values)
        if len(ids) < BATCH:
            return


async def update_search_index(database: Database) -> None:
    """Update stale documents. Another process may be updating others at the same time."""
    async with database.connection() as connection:
        if not await search.has_stale(connection):
            return
    for _ in range(MAX_BATCHES):
        async with database.transaction() as connection:
            if await search.update_stale(connection, BATCH) < BATCH:
                return
