"""The values of monitoring: numbers for metrics, and unfinished work."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Number(Struct, frozen=True):
    """A number of what the house holds, for those who watch over it: its name and the values of its labels."""

    name: str
    labels: tuple[str, ...]
    value: float


class WorkState(StrEnum):
    RUNNING = "running"
    WAITING = "waiting"
    FAILED = "failed"


class Work(Struct, frozen=True, kw_only=True):
    """A job that is not done, or a mail (by its `kind`) that has not gone out, whose `title` is an address.

    `error` is why it failed, or the last try did, or what it waits for.
    """

    id: int
    kind: str
    number: int
    video_id: int | None
    title: str
    state: WorkState
    attempts: int
    progress: float
    speed: float | None
    error: str | None
    not_before: datetime
