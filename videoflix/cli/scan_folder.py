"""Finds the films in a folder and its subfolders, with the captions, .nfo files and images beside them."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from videoflix.library.episodes import EpisodeName, is_season
from videoflix.library.folding import fold

FILMS = re.compile(r"\.(3gp|asf|avi|flv|m2ts|m4v|mkv|mov|mp4|mpe?g|mts|mxf|ogv|ts|vob|webm|wmv)", re.IGNORECASE)
PLAYLISTS, SEGMENT = (".m3u8", ".mpd"), ".ts"
RENDITION = re.compile(r"(.+)[-_. ](?:240|360|480|540|576|720|1080|1440|2160)p", re.IGNORECASE)
CAPTIONS = (".srt", ".vtt")
SHOW = "tvshow.nfo"
MAX_PLAYLIST = 4 * 1024**2


class Found(Struct, frozen=True):
    """A film and the files beside it that have its name, or a general name if the folder has only this film.
    `show_nfo` describes the series whose folder, or folder of a season, it is in."""

    film: Path
    captions: tuple[Path, ...] = ()
    nfo: Path | None = None
    image: Path | None = None
    show_nfo: Path | None = None


def find_films(root: Path, on_error: Callable[[OSError], None]) -> Iterator[Found]:
    """Films sorted by name within each folder. Hidden files and symbolic links are skipped.

    `on_error` is called for a folder that cannot be read.
    """
    segments: set[Path] = set()
    for folder, subfolders, names in os.walk(root, onerror=on_error):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        visible = [Path(folder, name) for name in sorted(names) if not name.startswith(".")]
        files = [file for file in visible if file.is_file() and not file.is_symlink()]
        segments |= _segments_elsewhere(files)
        films = [film for film in _originals(files) if film not in segments]
        for film in films:
            yield _with_sidecars(film, films, files)


def _originals(files: Sequence[Path]) -> list[Path]:
    """The films in a folder, without their derivatives: HLS segments beside a playlist, and name_480p.mp4 beside
    name.mp4."""
    found = [file for file in files if FILMS.fullmatch(file.suffix)]
    if any(file.suffix.lower() in PLAYLISTS for file in files):
        found = [file for file in found if file.suffix.lower() != SEGMENT]
    stems = {file.stem.casefold() for file in found}
    copies = (RENDITION.fullmatch(file.stem) for file in found)
    return [file for file, copy in zip(found, copies, strict=True) if not copy or copy[1].casefold() not in stems]


def _segments_elsewhere(files: Sequence[Path]) -> set[Path]:
    """The segments in other folders that the HLS playlists among the files name. Playlists of whole films, as players
    keep them, have no target duration."""
    named: set[Path] = set()
    for file in files:
        if file.suffix.lower() == ".m3u8":
            lines = _lines(file)
            if any(line.startswith("#EXT-X-TARGETDURATION") for line in lines):
                named |= {Path(os.path.normpath(file.parent / line)) for line in lines if not line.startswith("#")}
    return named


def _lines(playlist: Path) -> list[str]:
    """Nothing if it is too large, or cannot be read."""
    with suppress(OSError):
        if playlist.stat().st_size < MAX_PLAYLIST:
            return playlist.read_text("utf-8", "replace").splitlines()
    return []


def category_of(found: Found, root: Path, episode: EpisodeName | None) -> str:
    """The name of the film's folder; of the folder above it if the folder has the film's name, or if it is that of
    the season or the series."""
    film, folder = found.film, found.film.parent
    if episode and folder != root and is_season(folder):
        folder = folder.parent
    is_show = episode and (found.show_nfo or fold(folder.name) == fold(episode.series))
    if folder != root and (is_show or folder.name.casefold() == film.stem.casefold()):
        folder = folder.parent
    return folder.name


def _with_sidecars(film: Path, films: Sequence[Path], files: Sequence[Path]) -> Found:
    stems = {one.stem for one in films}
    by_name = {file.name.lower(): file for file in files}
    is_alone = len(stems) == 1
    return Found(
        film,
        tuple(file for file in files if file.suffix.lower() in CAPTIONS and _owner(file, stems) == film.stem),
        _first(by_name, f"{film.stem}.nfo", *(("movie.nfo",) if is_alone else ())),
        _first(
            by_name,
            f"{film.stem}.jpg",
            f"{film.stem}-poster.jpg",
            *(("poster.jpg", "folder.jpg") if is_alone else ()),
        ),
        by_name.get(SHOW) or _above(film.parent),
    )


def _above(folder: Path) -> Path | None:
    file = folder.parent / SHOW
    return file if is_season(folder) and file.is_file() and not file.is_symlink() else None


def _owner(file: Path, stems: set[str]) -> str:
    """The longest film name that the file's name begins with: Alien.2.srt belongs to Alien.2 rather than to Alien."""
    return max((stem for stem in stems if file.name.startswith(f"{stem}.")), key=len, default="")


def _first(by_name: Mapping[str, Path], *names: str) -> Path | None:
    return next((by_name[name.lower()] for name in names if name.lower() in by_name), None)
