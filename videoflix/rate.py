"""How often something may happen, as the configuration states it."""

from msgspec import Struct


class Rate(Struct, frozen=True):
    """How often something may happen in so many seconds; a count of 0 means without limit."""

    count: int
    seconds: int
