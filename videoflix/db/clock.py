"""The time that all hosts share: that of the database. The clock of a host may be wrong."""

import logging
from datetime import UTC, datetime, timedelta

import asyncpg

log = logging.getLogger(__name__)

# A difference that does no harm, and is not corrected.
TOLERANCE = timedelta(seconds=2)
ANSWER_SECONDS = 5.0

_ahead = timedelta(0)


def now() -> datetime:
    """The time of the database, as far as it is known."""
    return datetime.now(UTC) + _ahead


async def compare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Find out how far the clock of the database is ahead of ours. Raises what asyncpg does, or TimeoutError."""
    global _ahead
    before = datetime.now(UTC)
    theirs: datetime = await connection.fetchval("SELECT clock_timestamp()", timeout=ANSWER_SECONDS)
    after = datetime.now(UTC)
    is_right = before - TOLERANCE <= theirs <= after + TOLERANCE  # an answer may take long
    ahead = timedelta(0) if is_right else theirs - (before + (after - before) / 2)
    if abs(ahead - _ahead) > TOLERANCE:
        log.warning(
            "the clock of this host differs from that of the database by %+.0f seconds; the latter counts",
            -ahead.total_seconds(),
        )
    _ahead = ahead
