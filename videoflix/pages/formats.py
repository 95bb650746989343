"""How pages write lengths, times and addresses."""

from datetime import datetime
from urllib.parse import quote

from babel.dates import format_date, format_time

from videoflix.library.episodes import short_title
from videoflix.library.metadata import unescape_html
from videoflix.translations import CURRENT, gettext

# British English has dates that nobody misreads, and 24 hours.
REGIONS = {"en": "en_GB"}


def clock(seconds: float) -> str:
    """A position in a film: `42:10` or `1:02:33`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def length(seconds: float) -> str:
    """The length of a film: `1 h 42 min`, and seconds below one minute."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return gettext("%(seconds)s s") % {"seconds": max(1, round(seconds))}
    if minutes < 60:
        return gettext("%(minutes)s min") % {"minutes": minutes}
    hours, minutes = divmod(minutes, 60)
    return gettext("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}


def moment(at: datetime) -> str:
    """Date and time, in the time zone of `at`."""
    language = CURRENT.get()
    region = REGIONS.get(language, language)
    return f"{format_date(at, locale=region)}, {format_time(at, 'short', locale=region)}"


def path_segment(text: str) -> str:
    """A text as one segment of a path, slashes included."""
    return quote(text, safe="")


def season_name(season: int) -> str:
    return gettext("Season %(season)s") % {"season": season} if season else gettext("Specials")


def episode_number(season: int, number: int | None) -> str:
    """Which episode of a series it is: `S1 E2`."""
    if number is None:
        return season_name(season) if season else gettext("Special")
    if not season:
        return gettext("Special %(number)s") % {"number": number}
    return gettext("S%(season)s E%(number)s") % {"season": season, "number": number}


def episode_title(title: str, number: int | None) -> str:
    """What an episode is called beside its series, by its HTML-escaped title."""
    return short_title(unescape_html(title)) or (
        gettext("Episode %(number)s") % {"number": number} if number is not None else unescape_html(title)
    )
