"""What jobs work with, and how they report their progress."""

from msgspec import Struct

from videoflix.db.pool import Database
from videoflix.queue.queues import Queues
from videoflix.settings import Settings
from videoflix.storage.local import Storage


class JobContext(Struct, frozen=True):
    settings: Settings
    database: Database
    storage: Storage
    queues: Queues


class JobProgress:
    """How far a job is (from 0 to 1) and how fast, written by its step and read by its heartbeat."""

    def __init__(self) -> None:
        self.done = 0.0
        self.speed: float | None = None
