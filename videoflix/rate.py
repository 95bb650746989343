"""A rate limit as it is configured."""

from msgspec import Struct


class Rate(Struct, frozen=True):
    """At most `count` times in `seconds` seconds. A count of 0 means no limit."""

    count: int
    seconds: int
