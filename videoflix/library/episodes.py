"""Recognises episodes of series by their names: `Show/Season 1/Show S01E02 Title.mkv`, `Show 1x02.mkv`."""

import re
from pathlib import PurePath

from msgspec import Struct

from videoflix.library.nfo import Description

# S01E02, s1 e2, Staffel 1 Folge 2. S01E02E03 and S01E02-E03 are one film, which counts as the first of its episodes.
NUMBERED = re.compile(
    r"(?<!\w)(?:S|Season|Staffel)[ ._-]*(\d{1,2})[ ._,-]*(?:E|Ep|Episode|Folge)[ ._]*(\d{1,3})"
    r"(?:[ -]?E\d{1,3})*(?!\w)",
    re.IGNORECASE,
)
# 1x02, but neither 1x1 nor 1920x1080.
CROSSED = re.compile(r"(?<!\w)(\d{1,2})x(\d{2,3})(?!\w)", re.IGNORECASE)
# In the folder of a show or season: E02, Ep 2, Folge 2; or a number in front: 02 Title, 2. Title.
EPISODE = re.compile(r"(?<!\w)(?:E|Ep|Episode|Folge)[ ._-]*(\d{1,3})(?!\w)", re.IGNORECASE)
LEADING = re.compile(r"(\d{2,3}(?!\w)|\d(?=\s*[-–.:]|$))")

SEASON = re.compile(r"(?:Season|Staffel|Series|S)[ ._-]*(\d{1,2})|Specials()", re.IGNORECASE)
SEASON_OF_SHOW = re.compile(r"(.+?)[ ._-]+(?:(?:Season|Staffel)[ ._-]*|S)(\d{1,2})", re.IGNORECASE)

# What names of releases say behind the title.
TAGS = re.compile(
    r"\[|\(?(?<!\w)"
    r"(?:(?i:\d{3,4}[pi]|[hx][ .]?26[45]|HEVC|Blu-?Ray|BDRip|BRRip|DVDRip|HDTV|WEB-?(?:DL|Rip))|WEB)(?!\w)"
)
BEFORE, AFTER = " .,_-–:([", " .,_-–:)]"


class EpisodeName(Struct, frozen=True, kw_only=True):
    """What the name of a film says about it as an episode; season 0 is for specials. `number` is None and `title`
    empty if the name has none. `about` describes the series."""

    series: str
    season: int
    number: int | None
    title: str = ""
    about: str = ""


class _Folder(Struct, frozen=True):
    """What the name of a folder says: of which series its films are ("": unknown), of which season (None: unknown),
    and whether films without a number are episodes as well."""

    series: str = ""
    season: int | None = None
    is_certain: bool = False


def recognise(path: PurePath, show: str | None = None) -> EpisodeName | None:
    """The episode that a film in this path is; None if it is none. `show` is the title of the series if it is known
    that the folder belongs to one."""
    name, folder = _words(path.stem), _folder(path.parent)
    if show:
        folder = _Folder(show, 1 if folder.season is None else folder.season, is_certain=True)
    found = NUMBERED.search(name) or CROSSED.search(name)
    if found and (folder.series or found.start() or found.re is NUMBERED):
        series = folder.series or name[: found.start()].rstrip(BEFORE) or _words(path.parent.name)
        return _episode(series, int(found[1]), int(found[2]), name[found.end() :])
    if not folder.series or folder.season is None:
        return None
    rest = _without_show(name, folder.series)
    if found := EPISODE.search(rest) or LEADING.match(rest):
        return _episode(folder.series, folder.season, int(found[1]), rest[found.end() :])
    return _episode(folder.series, folder.season, None, rest) if folder.is_certain else None


def described(named: EpisodeName | None, told: Description, about: str | None) -> EpisodeName | None:
    """The episode that a name says, or none, after what the files beside it say: `told` about itself, `about` about
    its series."""
    if named is None and (not told.series or told.number is None):
        return None
    return EpisodeName(
        series=named.series if named else told.series or "",
        season=told.season if told.season is not None else named.season if named else 1,
        number=told.number if told.number is not None else named.number if named else None,
        title=named.title if named else "",
        about=about or "",
    )


def is_season(folder: PurePath) -> bool:
    """Whether the folder may be that of a season, in the folder of a show."""
    return bool(SEASON.fullmatch(folder.name) or SEASON_OF_SHOW.fullmatch(folder.name))


def recognise_title(title: str) -> EpisodeName | None:
    """The episode that a film with this title is; None if it is none."""
    return recognise(PurePath(f"{title.replace('/', ' ')}.film"))


def full_title(episode: EpisodeName, title: str = "") -> str:
    """What a film is called in lists where nothing else says that it is an episode."""
    number = "" if episode.number is None else f"S{episode.season:02}E{episode.number:02}"
    return " ".join(filter(None, (episode.series, number, title or episode.title)))


def short_title(title: str) -> str:
    """What a film is called among the episodes of its series; empty if it has no other name than its number."""
    episode = recognise_title(title)
    return title if episode is None else episode.title


def _folder(folder: PurePath) -> _Folder:
    if found := SEASON.fullmatch(folder.name):
        return _Folder(_words(folder.parent.name), int(found[1] or 0), is_certain=True)
    if found := SEASON_OF_SHOW.fullmatch(folder.name):  # or a film: Open Season 2
        return _Folder(_words(found[1]).rstrip(BEFORE), int(found[2]))
    return _Folder()


def _episode(series: str, season: int, number: int | None, rest: str) -> EpisodeName | None:
    tags = TAGS.search(rest)
    title = rest[: tags.start()] if tags else rest
    return (
        EpisodeName(series=series, season=season, number=number, title=title.lstrip(AFTER).rstrip(BEFORE))
        if series
        else None
    )


def _words(name: str) -> str:
    """A name whose words may be separated by dots or underscores instead of spaces."""
    return " ".join((name if " " in name else name.replace(".", " ")).replace("_", " ").split())


def _without_show(name: str, series: str) -> str:
    rest = name[len(series) :]
    return rest.lstrip(AFTER) if name.casefold().startswith(series.casefold()) and rest else name
