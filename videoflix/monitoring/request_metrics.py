"""Counts requests in memory that all web processes share. Each writes to its own slot, and reads all of them.

A process that replaces another one takes over its slot and continues its counters, which therefore never decrease.
"""

import mmap
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from aiohttp import web
from msgspec import Struct

MAX_ROUTES = 800
STATUSES = (
    *(200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308),
    *(400, 401, 403, 404, 405, 408, 409, 410, 412, 413, 415, 416, 417, 422, 429, 499),
    *(500, 502, 503, 504, 507),
)
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

# The cells of a route: a counter per status and one for all others, bytes, seconds, and a counter per bucket.
_STATUS = {status: index for index, status in enumerate(STATUSES)}
_OTHER = len(STATUSES)
_BYTES = _OTHER + 1
_TOTAL = _BYTES + 1
_BUCKETS = _TOTAL + 1
_WIDTH = _BUCKETS + len(SECONDS) + 1
# The first cell of a slot is 1 if the slot is in use.
_SLOT = 1 + MAX_ROUTES * _WIDTH


class SharedCounters:
    """The memory of all slots, which is allocated before the processes are forked."""

    def __init__(self, slots: int = 1) -> None:
        self._cells: memoryview[float] = memoryview(mmap.mmap(-1, slots * _SLOT * 8)).cast("d")
        self.slots = slots

    def slot(self, number: int) -> "memoryview[float]":
        return self._cells[number * _SLOT : (number + 1) * _SLOT]


class Row(Struct, frozen=True):
    """The totals of a route: requests by status, bytes, seconds, and requests by duration (not cumulative)."""

    route: str
    method: str
    statuses: dict[str, float]
    bytes: float
    seconds: float
    buckets: list[float]


class RequestMetrics:
    """The slot of one process."""

    def __init__(self, routes: Iterable[web.AbstractRoute], shared: SharedCounters, number: int = 0) -> None:
        self._shared = shared
        self._cells = shared.slot(number)
        self._cells[0] = 1
        self._names = [("(no route)", "*")]
        self._rows: dict[web.AbstractRoute, int] = {}
        for route in routes:
            self._rows[route] = 1 + len(self._names) * _WIDTH
            self._names.append((route.resource.canonical if route.resource else "*", route.method))
        assert len(self._names) <= MAX_ROUTES, "MAX_ROUTES is too small"

    def count(self, request: web.Request, response: web.StreamResponse, seconds: float) -> None:
        """Count a request. This runs for every request, so it takes no lock and looks up only what it must."""
        row = self._rows.get(request.match_info.route, 1)
        cells = self._cells
        cells[row + _STATUS.get(response.status, _OTHER)] += 1
        cells[row + _BYTES] += response.body_length
        cells[row + _TOTAL] += seconds
        cells[row + _BUCKETS + bisect_left(SECONDS, seconds)] += 1

    def rows(self) -> Iterator[Row]:
        """The sums over all slots, for each route that has been requested."""
        slots = [slot for slot in map(self._shared.slot, range(self._shared.slots)) if slot[0]]
        for number, (route, method) in enumerate(self._names):
            begin = 1 + number * _WIDTH
            cells = [sum(column) for column in zip(*(slot[begin : begin + _WIDTH] for slot in slots), strict=True)]
            names = [*map(str, STATUSES), "other"]
            statuses = {name: count for name, count in zip(names, cells, strict=False) if count}
            if statuses:
                yield Row(route, method, statuses, cells[_BYTES], cells[_TOTAL], cells[_BUCKETS:])
