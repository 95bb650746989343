"""Ids of requests, for clients and the log."""

from itertools import count
from secrets import token_hex


class RequestIds:
    """Ids that no other process issues either."""

    def __init__(self) -> None:
        self._prefix = token_hex(5)
        self._numbers = count(1)

    def next(self) -> str:
        return f"{self._prefix}-{next(self._numbers):x}"
