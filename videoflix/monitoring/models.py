"""The values of monitoring: samples for metrics, and unfinished work."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Sample(Struct, frozen=True):
    """One value of a metric: the metric's name, and the values of its labels."""

    name: str
    labels: tuple[str, ...]
    value: float


class WorkState(StrEnum):
    RUNNING = "running"
    WAITING = "waiting"
    FAILED = "failed"


class Work(Struct, frozen=True, kw_only=True):
    """A job that is not done, or a mail (by its `kind`) that has not been sent, whose `title` is the recipient.

    `error` is why it failed, why the last attempt failed, or what it is waiting for.
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
