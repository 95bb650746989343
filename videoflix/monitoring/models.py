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


class FilmWork(Struct, frozen=True, kw_only=True):
    """The unfinished jobs of an encode, or a mail that has not been sent: its `title` is the recipient, its only kind
    that of the mail.

    `kinds` of jobs are in this state. `progress` is from 0 to 1, `left` in seconds, for all units of the encode.
    """

    encode_id: int | None
    mail_id: int | None
    video_id: int | None
    title: str
    state: WorkState
    kinds: tuple[str, ...]
    attempts: int
    error: str | None
    not_before: datetime
    units_done: int | None
    units_total: int | None
    progress: float
    speed: float | None
    left: float | None

    @property
    def id(self) -> str:
        """Unique among encodes and mails."""
        return f"encode-{self.encode_id}" if self.mail_id is None else f"mail-{self.mail_id}"
