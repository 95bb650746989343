"""A bounded cache whose values expire after some seconds, and outlive a database that does not answer."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

from videoflix.errors import DatabaseUnavailable

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

# How long a request waits for the database if there is a last value, and how long that is used before the database is
# asked again.
PATIENCE_SECONDS = 2.0
AGAIN_SECONDS = 1.0


class _Entry(Generic[Value]):
    """A value, when it was asked for, and until when it is used without asking again."""

    __slots__ = ("asked_at", "expires_at", "value")

    def __init__(self, value: Value, asked_at: float, expires_at: float) -> None:
        self.value = value
        self.asked_at = asked_at
        self.expires_at = expires_at


class _Load(Generic[Value]):
    __slots__ = ("asked_at", "future")

    def __init__(self, future: "asyncio.Future[Value]", asked_at: float) -> None:
        self.future = future
        self.asked_at = asked_at


class TTLCache(Generic[Key, Value]):
    """Loads a value when it is first requested, or has expired. Concurrent requests for a key share one load.

    While the database does not answer, the last value is used until it is `stale_seconds` old, unless it was
    forgotten.
    """

    def __init__(
        self, load: Callable[[Key], Awaitable[Value]], *, seconds: float, most: int, stale_seconds: float = 0.0
    ) -> None:
        self._load = load
        self._seconds = seconds
        self._stale_seconds = stale_seconds
        self._most = most
        self._entries: dict[Key, _Entry[Value]] = {}
        self._loads: dict[Key, _Load[Value]] = {}

    async def get(self, key: Key) -> Value:
        """Return the value, or raise what `load` raised. Failures are not cached."""
        entry, now = self._entries.get(key), monotonic()
        if entry is not None and now < entry.expires_at:
            return entry.value
        load = self._loads.get(key) or self._start(key, now)
        if entry is None or now >= entry.asked_at + self._stale_seconds:
            return await asyncio.shield(load.future)
        try:
            async with asyncio.timeout(max(0.0, load.asked_at + PATIENCE_SECONDS - now)):
                return await asyncio.shield(load.future)
        except (DatabaseUnavailable, TimeoutError):
            is_forgotten = self._entries.get(key) is not entry
        return await self.get(key) if is_forgotten else entry.value

    def forget(self, key: Key) -> None:
        self._entries.pop(key, None)
        self._loads.pop(key, None)

    def forget_if(self, matches: Callable[[Value], bool]) -> None:
        """Drop the values that match, and those that are being loaded."""
        self._loads.clear()
        for key, entry in list(self._entries.items()):
            if matches(entry.value):
                del self._entries[key]

    def clear(self) -> None:
        self._entries.clear()
        self._loads.clear()

    def expire(self, key: Key) -> None:
        """Ask for a value again that may have changed. It is still used if the database does not answer."""
        self._loads.pop(key, None)
        if entry := self._entries.get(key):
            entry.expires_at = 0.0

    def expire_all(self) -> None:
        for key in {*self._entries, *self._loads}:
            self.expire(key)

    def _start(self, key: Key, now: float) -> _Load[Value]:
        load = self._loads[key] = _Load(asyncio.ensure_future(self._load(key)), now)
        load.future.add_done_callback(lambda _: self._end(key, load))
        return load

    def _end(self, key: Key, load: _Load[Value]) -> None:
        failure = asyncio.CancelledError() if load.future.cancelled() else load.future.exception()
        if self._loads.get(key) is not load:  # it was forgotten meanwhile
            return
        del self._loads[key]
        if failure is None:
            self._store(key, _Entry(load.future.result(), load.asked_at, load.asked_at + self._seconds))
        elif isinstance(failure, DatabaseUnavailable) and (entry := self._entries.get(key)):
            entry.expires_at = min(monotonic() + AGAIN_SECONDS, entry.asked_at + self._stale_seconds)

    def _store(self, key: Key, entry: _Entry[Value]) -> None:
        self._entries.pop(key, None)  # reinsert at the end: the first entry is the oldest
        self._entries[key] = entry
        while len(self._entries) > self._most:
            del self._entries[next(iter(self._entries))]
