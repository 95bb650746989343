"""How pages write lengths, times and addresses."""

from datetime import datetime
from urllib.parse import quote

from babel.dates import format_date, format_time

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
