"""A bounded cache whose values expire after some seconds."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from time import monotonic
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class _Entry(Generic[Value]):
    """A value that is loaded or being loaded, and when it expires and was last used, in seconds of `monotonic`."""

    __slots__ = ("expires_at", "future", "used_at")

    def __init__(self, future: "asyncio.Future[Value]", expires_at: float, used_at: float) -> None:
        self.future, self.expires_at, self.used_at = future, expires_at, used_at


class TTLCache(Generic[Key, Value]):
    """Loads a value when it is first requested, or has expired. Concurrent requests for a key share one load."""

    def __init__(self, load: Callable[[Key], Awaitable[Value]], *, seconds: float, most: int) -> None:
        self._load = load
        self._seconds = seconds
        self._most = most
        self._entries: dict[Key, _Entry[Value]] = {}

    async def get(self, key: Key) -> Value:
        """Return the value, or raise what `load` raised. Failures are not cached."""
        now = monotonic()
        entry = self._entries.get(key)
        if entry is None or entry.expires_at <= now:
            entry = _Entry(asyncio.ensure_future(self._load(key)), now + self._seconds, now)
            self._store(key, entry)
        entry.used_at = now
        return entry.future.result() if entry.future.done() else await asyncio.shield(entry.future)

    async def renew(self, load: Callable[[list[Key]], Awaitable[Mapping[Key, Value]]], *, used_within: float) -> None:
        """Load all values that were used in the last seconds together. What is forgotten meanwhile stays so."""
        now = monotonic()
        before = {key: entry for key, entry in self._entries.items() if entry.used_at > now - used_within}
        if not before:
            return
        for key, value in (await load(list(before))).items():
            if self._entries.get(key) is before[key]:
                loaded = asyncio.get_running_loop().create_future()
                loaded.set_result(value)
                self._store(key, _Entry(loaded, now + self._seconds, before[key].used_at))

    def forget(self, key: Key) -> None:
        self._entries.pop(key, None)

    def clear(self) -> None:
        self._entries.clear()

    def _store(self, key: Key, entry: _Entry[Value]) -> None:
        self._entries.pop(key, None)  # reinsert at the end: the first entry is the oldest
        self._entries[key] = entry
        while len(self._entries) > self._most:
            del self._entries[next(iter(self._entries))]

        def drop_failure(future: "asyncio.Future[Value]") -> None:
            failed = future.cancelled() or future.exception() is not None
            if failed and self._entries.get(key) is entry:
                del self._entries[key]

        entry.future.add_done_callback(drop_failure)
