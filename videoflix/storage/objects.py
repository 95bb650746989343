"""What can be read of published objects that are stored elsewhere than on a disk of this host."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct


class StoredObject(Struct, frozen=True):
    """The size of an object in bytes, its ETag in quotes, and when it was written."""

    size: int
    etag: str
    modified: datetime


class Objects(Protocol):
    async def find(self, name: str) -> StoredObject | None:
        """What is known of an object, None if there is none. Raises StorageUnavailable."""

    async def address(self, method: str, name: str, seconds: int) -> str:
        """Where anybody can GET or HEAD an object for so many seconds, whether it exists or not. Raises
        StorageUnavailable."""

    async def read(self, name: str, stored: StoredObject, start: int, count: int) -> bytes:
        """`count` bytes from `start` on. Raises FileNotFoundError if the object was removed or replaced since it was
        found, or StorageUnavailable."""
