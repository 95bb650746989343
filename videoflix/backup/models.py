"""What a backup contains."""

from datetime import datetime
from pathlib import Path

from msgspec import Struct

MEDIA = "media/"


class TableRows(Struct, frozen=True):
    """The number of rows of a table, and a checksum of their contents that does not depend on their order."""

    count: int
    checksum: str


class BackupFile(Struct, frozen=True):
    """A file: where it belongs (`database.dump`, `settings.env`, or a path in the data folder, `media/originals/7`),
    its size in bytes, its SHA-256, and when its source was changed, in nanoseconds."""

    path: str
    size: int
    sha256: str
    mtime_ns: int = 0


class Manifest(Struct, frozen=True, kw_only=True):
    """A complete backup. `server` and `program` are the major versions of PostgreSQL and of its pg_dump, `run` is the
    folder of the files that each backup writes anew. `only_encoded` is the number of videos whose originals were
    removed: they exist as encoded films only.
    """

    format: int
    version: str
    made_at: datetime
    server: int
    program: int
    migrations: list[str]
    rows: dict[str, TableRows]
    has_originals: bool
    has_films: bool
    only_encoded: int
    run: str
    files: list[BackupFile]

    def stored(self, file: BackupFile) -> Path:
        """Where a file is, relative to the folder of the backup: under its hash if backups share it."""
        if file.path.startswith(MEDIA):
            return Path("files", file.sha256[:2], file.sha256)
        return Path(self.run, file.path)

    @property
    def media(self) -> list[BackupFile]:
        return [file for file in self.files if file.path.startswith(MEDIA)]

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.files)
