"""What a measurement tells: lines of the table, or why there are none."""

from msgspec import Struct


class Result(Struct, frozen=True):
    """One line. Without a target, `expected` is empty and there is nothing to meet."""

    what: str
    measured: str
    expected: str = ""
    is_met: bool = True


class NotMade(Exception):
    """A measurement could not be made; the message says why."""
