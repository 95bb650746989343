"""Generates request ids, which connect a response with the log."""

from itertools import count
from secrets import token_hex


class RequestIds:
    """Ids that are unique across processes: a random prefix and a counter."""

    def __init__(self) -> None:
        self._prefix = token_hex(5)
        self._numbers = count(1)

    def next(self) -> str:
        return f"{self._prefix}-{next(self._numbers):x}"
