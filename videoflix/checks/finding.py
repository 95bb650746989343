"""What a check finds."""

from enum import StrEnum

from msgspec import Struct


class Mark(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


class Finding(Struct, frozen=True):
    mark: Mark
    message: str
