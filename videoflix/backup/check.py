"""Checks a backup before anything is restored from it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from videoflix.backup import manifest as manifests
from videoflix.backup.folder import sha256_of
from videoflix.backup.models import BackupFile, Manifest
from videoflix.db.migrations import names
from videoflix.errors import BackupError

Show = Callable[[str, float], None]
# How many problems are named.
MAX_NAMED = 5


async def check(folder: Path, show: Show) -> Manifest:
    """Read the manifest and every file. Raises BackupError if a file is missing or was changed, or if the backup is
    newer than this Videoflix, and OSError."""
    manifest = await asyncio.to_thread(manifests.read, folder)
    check_migrations(folder, manifest)
    problems, done, total = [], 0, manifest.bytes
    for file in manifest.files:
        show("checking the backup", done / total if total else 0.0)
        problem = await asyncio.to_thread(_problem, folder, manifest, file)
        problems += [problem] if problem else []
        done += file.size
    if problems:
        more = f" and {len(problems) - MAX_NAMED} more" if len(problems) > MAX_NAMED else ""
        raise BackupError(f"the backup in {folder} is damaged: {'; '.join(problems[:MAX_NAMED])}{more}")
    return manifest


def check_migrations(folder: Path, manifest: Manifest) -> None:
    """Raises BackupError if a newer Videoflix has migrated the database."""
    ours = names()
    unknown = [name for name in manifest.migrations if name not in ours]
    if unknown:
        raise BackupError(
            f"the backup in {folder} was made by a newer Videoflix ({manifest.version}, migration {unknown[-1]}). "
            "Update Videoflix first"
        )


def _problem(folder: Path, manifest: Manifest, file: BackupFile) -> str | None:
    stored = folder / manifest.stored(file)
    try:
        if stored.stat().st_size != file.size:
            return f"{file.path} has the wrong size ({stored})"
        if sha256_of(stored) != file.sha256:
            return f"{file.path} was changed ({stored})"
    except FileNotFoundError:
        return f"{file.path} is missing ({stored})"
    return None
