"""Bodies of requests that are too large to be read at once: block by block, until they end one way or another."""

import asyncio

from aiohttp import StreamReader
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

from videoflix.uploads.receiving import Read

# A connection that is silent for so long is given up: it may be dead, and its owner about to come back on another.
SILENT_SECONDS = 10.0
# Blocks begin small, so that it shows early what a file is, and get as large as is good for a disk.
MIN_BYTES, MAX_BYTES = 4096, 4 * 1024 * 1024
# From a slow line they are taken as they are after this time.
BLOCK_SECONDS = 1.0
BROKEN = (OSError, HttpProcessingError, RequestPayloadError)


class Bodies:
    """Those that come in just now. A stop of the server ends them: what has come is kept, and clients go on later."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Timeout] = set()
        self._is_over = False

    def reader(self, content: StreamReader) -> Read:
        """Every call of it waits for the next block; when there will be no more, it is empty."""
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
        """Read about so many bytes; whether others may follow."""
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
        except BROKEN:  # a TimeoutError is one of them
            return False
        return not self._is_over
