"""The cached list of playable videos."""

import gzip
import threading

import pytest

from tests.fixtures.published import Publish
from tests.fixtures.threads import threads_of
from tests.viewers import MEMBER
from videoflix.db.pool import Database
from videoflix.library.video_list import VideoList


async def test_a_long_list_is_compressed_beside_the_event_loop(
    database: Database, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish("Film " * 300)
    threads = threads_of(monkeypatch, gzip, "compress")
    listing = await VideoList(database).get("http://127.0.0.1:8000", MEMBER)
    assert listing.compressed is not None
    assert gzip.decompress(listing.compressed) == listing.text
    assert threads
    assert threading.main_thread() not in threads
