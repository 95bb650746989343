"""Reads and writes `manifest.json`, which makes a folder a complete backup: it is written last, and checks itself."""

import hashlib
import re
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from videoflix.backup.models import BackupFile, Manifest
from videoflix.errors import BackupError

FILE = "manifest.json"
# Raised when an older Videoflix could not restore what a newer one has written.
FORMAT = 1
# What each backup writes anew, beside the files of the media folder.
DUMP, SETTINGS, SECRETS = "database.dump", "settings.env", "secrets.env"
RUN = re.compile(r"[0-9]{8}T[0-9]{6}Z-\w{8}", re.ASCII)
MEDIA_PATH = re.compile(
    r"media/(originals/[1-9][0-9]*|films/[1-9][0-9]*/(picture|[1-9][0-9]*(/\w[\w.-]*)+))", re.ASCII
)
SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class _Head(Struct):
    """What every format has."""

    format: int
    version: str


class _Signed(Struct):
    sha256: str
    manifest: Raw


def encode(manifest: Manifest) -> str:
    text = msgspec.json.encode(manifest)
    return msgspec.json.encode(_Signed(hashlib.sha256(text).hexdigest(), Raw(text))).decode()


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises BackupError if there is no complete backup in the folder, if the manifest is
    damaged, or if a newer Videoflix has written it, and OSError."""
    file = folder / FILE
    if not file.is_file():
        raise BackupError(f"{folder} contains no complete backup: {FILE} is missing{_hint(folder)}")
    try:
        signed = msgspec.json.decode(file.read_bytes(), type=_Signed)
        if hashlib.sha256(signed.manifest).hexdigest() != signed.sha256:
            raise BackupError(f"{file} is damaged: its checksum is wrong")
        head = msgspec.json.decode(signed.manifest, type=_Head)
        if head.format > FORMAT:
            raise BackupError(
                f"the backup in {folder} was made by a newer Videoflix ({head.version}). Update Videoflix first"
            )
        manifest = msgspec.json.decode(signed.manifest, type=Manifest)
    except msgspec.DecodeError as error:
        raise BackupError(f"{file} is damaged: {error}") from None
    odd = [one.path for one in manifest.files if not _is_possible(one)]
    if odd or not RUN.fullmatch(manifest.run):
        raise BackupError(f"{file} names files that no backup contains: {', '.join([manifest.run, *odd][:3])}")
    return manifest


def _hint(folder: Path) -> str:
    if folder.is_dir() and any(RUN.fullmatch(path.name) for path in folder.iterdir()):
        return ". The backup was interrupted; run bin/backup again"
    return ""


def _is_possible(file: BackupFile) -> bool:
    is_named = file.path in (DUMP, SETTINGS, SECRETS) or MEDIA_PATH.fullmatch(file.path)
    return bool(is_named and SHA256.fullmatch(file.sha256))
