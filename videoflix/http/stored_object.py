"""Sends an object of an S3 store: in pieces, so that a slow client does not hold a connection to the store."""

from collections.abc import Mapping

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from videoflix.errors import NotFound, StorageUnavailable
from videoflix.http.conditions import Decision, content_range, decide, http_date
from videoflix.storage.objects import Objects, StoredObject

# What a response takes of memory, apart from the buffer of its socket.
PIECE_BYTES = 1024 * 1024


async def stored_object(
    request: web.Request, objects: Objects, name: str, headers: Mapping[str, str]
) -> web.StreamResponse:
    """An object, whole or in part, with the ETag that the store gave it. Raises NotFound or StorageUnavailable."""
    stored = await objects.find(name)
    if stored is None:
        raise NotFound
    decision = decide(request.headers, stored.size, stored.etag, stored.modified)
    response = StoredObjectResponse(objects, name, stored, decision, headers)
    if request.method != "HEAD":
        await response.read_ahead()
    return response


class StoredObjectResponse(web.StreamResponse):
    def __init__(
        self, objects: Objects, name: str, stored: StoredObject, decision: Decision, headers: Mapping[str, str]
    ) -> None:
        super().__init__(status=decision.status, headers=headers)
        self._objects = objects
        self._name = name
        self._stored = stored
        self._next, self._end = decision.start, decision.start + decision.count
        self._piece = b""
        self.headers.update(
            {"ETag": stored.etag, "Last-Modified": http_date(stored.modified), "Accept-Ranges": "bytes"}
        )
        self.headers.extend(content_range(decision, stored.size))
        self.content_length = decision.count if decision.status != 304 else None
        if decision.status == 304:
            self._length_check = False

    async def read_ahead(self) -> None:
        """Read the first piece while errors can still be answered. Raises NotFound or StorageUnavailable."""
        try:
            await self._read()
        except FileNotFoundError:
            raise NotFound from None

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """If the store fails now, the connection is closed, so that the client does not take a part for the whole."""
        if self.prepared:
            return await super().prepare(request)
        writer = await super().prepare(request)
        try:
            while self._piece:
                await self.write(self._piece)
                await self._read()
        except (FileNotFoundError, StorageUnavailable) as broken:
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError("the store has stopped sending") from broken
        await super().write_eof()
        return writer

    async def _read(self) -> None:
        """The next piece, empty after the last."""
        count = min(PIECE_BYTES, self._end - self._next)
        self._piece = await self._objects.read(self._name, self._stored, self._next, count) if count else b""
        self._next += count
