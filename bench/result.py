"""The result of a benchmark: rows of the table, or the reason why there are none."""

from msgspec import Struct


class Result(Struct, frozen=True):
    """A row of the table. `expected` is empty for a figure without a target."""

    what: str
    measured: str
    expected: str = ""
    is_met: bool = True


class NotMeasured(Exception):
    """A benchmark cannot run; the message says why."""
