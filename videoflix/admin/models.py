"""The values of the admin home."""

from datetime import datetime

from msgspec import Struct

from videoflix.checks.finding import Finding


class WatchedFilm(Struct, frozen=True):
    """A film that is being watched, by so many viewers."""

    id: int
    title: str
    viewers: int


class Stored(Struct, frozen=True, kw_only=True):
    """How many videos there are, and the bytes of their originals and of what is made of them."""

    videos: int
    originals: int
    films: int


class UnsentMail(Struct, frozen=True, kw_only=True):
    """A mail that could not be sent. Unless that is final, it is tried again at `not_before`."""

    id: int
    kind: str
    email: str
    is_final: bool
    attempts: int
    error: str
    created_at: datetime
    not_before: datetime


class Step(Struct, frozen=True, kw_only=True):
    """A step of setting up a server, and what its check has found."""

    name: str
    is_done: bool
    findings: list[Finding]


class Setting(Struct, frozen=True, kw_only=True):
    """A setting that is no secret. `source` is `environment`, `.env`, `automatic` or `default`."""

    name: str
    value: str
    source: str
    help: str
