"""A bounded cache whose values expire after some seconds."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class TTLCache(Generic[Key, Value]):
    """Loads a value when it is first requested, or has expired. Concurrent requests for a key share one load."""

    def __init__(self, load: Callable[[Key], Awaitable[Value]], *, seconds: float, most: int) -> None:
        self._load = load
        self._seconds = seconds
        self._most = most
        self._entries: dict[Key, tuple[float, asyncio.Future[Value]]] = {}

    async def get(self, key: Key) -> Value:
        """Return the value, or raise what `load` raised. Failures are not cached."""
        now = monotonic()
        entry = self._entries.get(key)
        if entry is None or entry[0] <= now:
            entry = (now + self._seconds, asyncio.ensure_future(self._load(key)))
            self._store(key, entry)
        future = entry[1]
        return future.result() if future.done() else await asyncio.shield(future)

    def forget(self, key: Key) -> None:
        self._entries.pop(key, None)

    def forget_if(self, matches: Callable[[Value], bool]) -> None:
        """Drop the values that match, and those that are being loaded."""
        for key, (_, future) in list(self._entries.items()):
            if not future.done() or future.cancelled() or future.exception() or matches(future.result()):
                del self._entries[key]

    def clear(self) -> None:
        self._entries.clear()

    def _store(self, key: Key, entry: "tuple[float, asyncio.Future[Value]]") -> None:
        self._entries.pop(key, None)  # reinsert at the end: the first entry is the oldest
        self._entries[key] = entry
        while len(self._entries) > self._most:
            del self._entries[next(iter(self._entries))]

        def drop_failure(future: "asyncio.Future[Value]") -> None:
            failed = future.cancelled() or future.exception() is not None
            if failed and self._entries.get(key) is entry:
                del self._entries[key]

        entry[1].add_done_callback(drop_failure)
