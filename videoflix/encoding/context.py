"""What jobs work with, and how they report their progress."""

from msgspec import Struct, field

from videoflix.db.pool import Database
from videoflix.encoding.h264 import X264, Encoder
from videoflix.queue.queues import Queues
from videoflix.settings import Settings
from videoflix.storage.storage import Storage


class InUse:
    """The name of the encoder that units are encoded with: x264, until a hardware encoder has been tried."""

    def __init__(self) -> None:
        self.encoder = X264


class JobContext(Struct, frozen=True):
    settings: Settings
    database: Database
    storage: Storage
    queues: Queues
    in_use: InUse = field(default_factory=InUse)

    def encoder(self, name: str) -> Encoder:
        """The encoder of that name, with the preset and the quality of the settings."""
        return Encoder(name, self.settings.transcode_preset, self.settings.transcode_crf)


class JobProgress:
    """How far a job is (from 0 to 1) and how fast, written by its step and read by its heartbeat."""

    def __init__(self) -> None:
        self.done = 0.0
        self.speed: float | None = None
