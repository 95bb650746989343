"""The time that hosts share."""

from datetime import UTC, datetime, timedelta
from typing import Self

import asyncpg
import pytest

from videoflix.db import clock
from videoflix.db.pool import connect_arguments
from videoflix.settings import Settings


@pytest.mark.parametrize(("ahead", "is_corrected"), [(1, False), (300, True), (-300, True)])
async def test_the_time_of_the_database_counts(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, ahead: int, *, is_corrected: bool
) -> None:
    class OfThisHost(datetime):
        @classmethod
        def now(cls, tz: object = None) -> Self:
            return cls.fromtimestamp(datetime.now(UTC).timestamp() + ahead, UTC)

    monkeypatch.setattr("videoflix.db.clock._ahead", timedelta(0))
    monkeypatch.setattr("videoflix.db.clock.datetime", OfThisHost)
    connection = await asyncpg.connect(**connect_arguments(settings))
    await clock.compare(connection)
    await connection.close()
    off = abs(clock.now() - datetime.now(UTC))
    assert (off < timedelta(seconds=0.5)) is is_corrected
