"""Finds the files of a Django backend's films below its MEDIA_ROOT, checks them, and adds them by hard links."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from videoflix.accounts.queries import audit
from videoflix.cli.add_file import Transfer, add_file
from videoflix.cli.django_tables import SourceFilm
from videoflix.cli.scan_folder import FILMS, RENDITION
from videoflix.db.pool import Database
from videoflix.encoding.header import check_header
from videoflix.errors import (
    DuplicateFilm,
    FfmpegUnavailable,
    NotAFilm,
    NotAnImage,
    StorageUnavailable,
    VideoflixError,
)
from videoflix.library.adding import check_unknown, fingerprint, fingerprint_of_stored
from videoflix.library.containers import MAX_IMAGE_BYTES
from videoflix.library.metadata import title_of
from videoflix.library.models import Metadata, Origin
from videoflix.library.queries import videos
from videoflix.library.thumbnails import check_image
from videoflix.settings import Settings
from videoflix.storage import names
from videoflix.storage.storage import Storage


class FilmVerdict(Struct, frozen=True, kw_only=True):
    """Whether a film comes over (`file`), is here already, or cannot come. `note` says why it cannot, or what is
    different here. `video_id` is None for the next one."""

    source: SourceFilm
    file: Path | None = None
    is_known: bool = False
    note: str = ""
    video_id: int | None = None
    image: Path | None = None

    @property
    def is_refused(self) -> bool:
        return self.file is None and not self.is_known

    @property
    def title(self) -> str:
        return self.source.title or (title_of(self.file) if self.file else "")


class FilmImport:
    """Checks and adds films one after the other."""

    def __init__(self, settings: Settings, database: Database, storage: Storage, media: Path) -> None:
        self._settings, self._database, self._storage = settings, database, storage
        self._media = media.resolve()
        self._seen: dict[bytes, str] = {}
        self._used: set[int] = set()

    async def prepare(self, films: Sequence[SourceFilm]) -> None:
        """Find out which ids are taken here, also by videos that were deleted: players may have cached their
        segments. Raises DatabaseUnavailable."""
        ids = [one.id for one in films if one.id is not None]
        async with self._database.connection() as connection:
            self._used = {*await videos.metadata_of(connection, ids)}
            targets = await audit.known_targets(connection, [f"video:{video_id}" for video_id in ids])
        self._used |= {int(target.partition(":")[2]) for target in targets}

    async def reserve(self, films: Sequence[SourceFilm]) -> None:
        """Let films that get other ids not take those of films that follow. Raises DatabaseUnavailable."""
        greatest = max((one.id for one in films if one.id is not None), default=None)
        if greatest is not None:
            async with self._database.connection() as connection:
                await videos.advance_ids(connection, greatest)

    async def judge(self, film: SourceFilm) -> FilmVerdict:
        """Raises DatabaseUnavailable."""
        try:
            file = self._file(film)
            mark = await asyncio.to_thread(fingerprint, file)
            if mark in self._seen:
                return FilmVerdict(source=film, note=f"it has the same file as film {self._seen[mark]}")
            self._seen[mark] = film.key
            await check_unknown(self._database, self._storage, mark)
            await check_header(self._settings.ffmpeg, self._settings.ffprobe, file)
        except DuplicateFilm as known:
            return FilmVerdict(source=film, is_known=True, note=known.detail)
        except (NotAFilm, FfmpegUnavailable, StorageUnavailable, OSError) as reason:
            return FilmVerdict(source=film, note=why(reason))
        image, note = await asyncio.to_thread(self._image, film)
        video_id = None if film.id in self._used else await asyncio.to_thread(self._free_id, film.id, mark)
        return FilmVerdict(source=film, file=file, note=note, video_id=video_id, image=image)

    async def add(self, verdict: FilmVerdict) -> int:
        """Add a film that comes over; the id of the video. Raises NotAFilm, StorageUnavailable, OSError or
        DatabaseUnavailable."""
        film, file = verdict.source, verdict.file
        assert file is not None
        if verdict.video_id is not None:
            # of an import that was interrupted
            await asyncio.to_thread(self._storage.remove, names.original(verdict.video_id))
        return await add_file(
            self._database,
            self._storage,
            file,
            self._settings.disk_floor,
            transfer=Transfer.LINK,
            metadata=Metadata(verdict.title, film.description, film.category),
            image=await asyncio.to_thread(verdict.image.read_bytes) if verdict.image else None,
            origin=Origin(verdict.video_id, film.created_at),
        )

    def _file(self, film: SourceFilm) -> Path:
        """The original, resolved. Raises NotAFilm."""
        if not film.file:
            return _first_file(film, self._media / "sources")
        file = self._inside(film.file)
        if file is None:
            raise NotAFilm(f"its file {film.file} is outside of the media folder")
        if not file.is_file():
            raise NotAFilm(f"its file {film.file} is missing")
        return (_original_of(file) or file).resolve()

    def _inside(self, name: str) -> Path | None:
        """A file by its name in the database; None if the name leads out of the media folder. Symbolic links may lead
        out: whoever runs the backend has made them."""
        path = Path(os.path.normpath(self._media / name))
        return path if path.is_relative_to(self._media) else None

    def _image(self, film: SourceFilm) -> tuple[Path | None, str]:
        """The file of the thumbnail, or None and why it cannot be used."""
        if not film.thumbnail:
            return None, ""
        file = self._inside(film.thumbnail)
        try:
            if file is None:
                raise NotAnImage("it is outside of the media folder")
            with file.open("rb") as reading:
                check_image(reading.read(MAX_IMAGE_BYTES + 1))
        except (NotAnImage, OSError) as reason:
            return None, f"without its thumbnail {film.thumbnail}: {why(reason)}"
        return file, ""

    def _free_id(self, video_id: int | None, mark: bytes) -> int | None:
        """The id, unless the data folder has something else under it, perhaps of another database."""
        if video_id is None:
            return None
        if any(names.last(one).isdecimal() for one in self._storage.entries(names.film(video_id))):
            return None
        try:
            return video_id if fingerprint_of_stored(self._storage, names.original(video_id)) == mark else None
        except FileNotFoundError:
            return video_id
        except OSError:
            return None


def why(reason: VideoflixError | OSError) -> str:
    return reason.detail if isinstance(reason, VideoflixError) else reason.strerror or str(reason)


def _first_file(film: SourceFilm, folder: Path) -> Path:
    """`sources/<id>.mp4`, where a backend without a column for files keeps them. Raises NotAFilm."""
    if film.id is not None and folder.is_dir():
        for file in sorted(folder.glob(f"{film.id}.*")):
            if FILMS.fullmatch(file.suffix) and file.is_file():
                return file.resolve()
    raise NotAFilm(f"the database names no file for it, and there is no {folder.name}/{film.key}.mp4")


def _original_of(file: Path) -> Path | None:
    """`heat.mp4` for `heat_720p.mp4`: some backends store the name of what they have converted."""
    copy = RENDITION.fullmatch(file.stem)
    original = file.with_name(f"{copy[1]}{file.suffix}") if copy else None
    return original if original and original.is_file() else None
