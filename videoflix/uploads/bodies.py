"""Request bodies that are too large to be read at once: block by block, until they end one way or another."""

import asyncio

from aiohttp import StreamReader
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

from videoflix.uploads.receiving import Read

# A connection that is silent for this long is given up: it may be dead, and the client about to resume on another
# one.
SILENT_SECONDS = 10.0
# Blocks start small, so that the kind of file shows early, and grow to a size that suits the disk.
MIN_BYTES, MAX_BYTES = 4096, 4 * 1024 * 1024
# After this time the bytes of a slow connection are taken as they are.
BLOCK_SECONDS = 1.0
BROKEN = (OSError, HttpProcessingError, RequestPayloadError)


class Bodies:
    """The bodies that are being received. A stop of the server ends them: what was received is kept, and clients
    resume."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Timeout] = set()
        self._is_over = False

    def reader(self, content: StreamReader) -> Read:
        """Returns a function that waits for the next block; at the end it returns an empty one."""
        size, is_open = MIN_BYTES, True

        async def read() -> list[bytes]:
            nonlocal size, is_open
            block: list[bytes] = []
            is_open = is_open and await self._fill(content, block, size)
            size = min(2 * size, MAX_BYTES)
            return block

        return read

    def stop(self) -> None:
        self._is_over = True
        for patience in self._waiting:
            patience.reschedule(asyncio.get_running_loop().time())

    async def _fill(self, content: StreamReader, block: list[bytes], size: int) -> bool:
        """Read about so many bytes, and whether more may follow."""
        clock, missing = asyncio.get_running_loop().time, size
        enough = clock() + BLOCK_SECONDS
        try:
            async with asyncio.timeout(SILENT_SECONDS) as patience:
                self._waiting.add(patience)
                try:
                    while missing > 0 and not self._is_over and (not block or clock() < enough):
                        chunk = await content.readany()
                        if not chunk:
                            return False
                        block.append(chunk)
                        missing -= len(chunk)
                        patience.reschedule(clock() + SILENT_SECONDS)
                finally:
                    self._waiting.discard(patience)
        except BROKEN:  # TimeoutError is one of them
            return False
        return not self._is_over
