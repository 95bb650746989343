"""The rules for positions: where a film is resumed, when it counts as watched, and which report counts.

Positions and durations are in seconds.
"""

import math
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from msgspec import structs

from videoflix.watching.models import Playback, Progress, Report

# A film is resumed from this part of it on, or from this time on, whichever is earlier; a short film never.
RESUME_PART, RESUME_SECONDS = 0.05, 60.0
MIN_RESUMABLE_SECONDS = 300.0
# A film is watched from this part of it on, or in its last seconds; never in its first half.
WATCHED_PART, LAST_SECONDS, MIN_WATCHED_PART = 0.9, 30.0, 0.5
CONTINUED_FOR = timedelta(weeks=16)

STRETCH_SECONDS = 10.0
# If a player does not say what was played, it is what lies between two reports, unless that is longer: such players
# report every 10 seconds and play at most at double speed, and one report may be lost.
MAX_PLAYED_SECONDS = 45.0
# Older playbacks whose reports are told apart from those of a new one.
MAX_PLAYBACKS = 4
# An older playback that goes on counts again if the report of the newer one is late by this.
SILENCE = timedelta(seconds=50)


def resume_at(position: float, duration: float) -> float | None:
    """Where playback continues; None for the beginning."""
    begun = position >= min(RESUME_PART * duration, RESUME_SECONDS)
    is_resumable = duration >= MIN_RESUMABLE_SECONDS and begun and not is_end(position, duration)
    return position if is_resumable else None


def is_end(position: float, duration: float) -> bool:
    """Whether a film is watched when playback is at this position."""
    end = min(WATCHED_PART * duration, duration - LAST_SECONDS)
    return position >= max(end, MIN_WATCHED_PART * duration)


def report(progress: Progress, new: Report) -> Progress:
    """The progress after a report. One that arrives late, or from an older playback, changes no position, only what
    was seen; one from before the viewer forgot or marked the film changes nothing."""
    if progress.forgotten_at is not None and new.at <= progress.forgotten_at:
        return progress
    own = next((each for each in progress.playbacks if each.session == new.session), None)
    is_late = own is not None and new.order <= own.order
    seen = progress.seen | _seen(None if is_late else own, new)
    if is_late:
        return structs.replace(progress, seen=seen)
    playback = Playback(session=new.session, order=new.order, position=new.position, every=new.every)
    if own is not None and not _counts(progress, own, new):
        playbacks = tuple(playback if each is own else each for each in progress.playbacks)
        return structs.replace(progress, seen=seen, playbacks=playbacks)
    others = tuple(each for each in progress.playbacks if each is not own)
    is_watched_now = progress.watched_at is None and is_end(new.position, new.duration)
    return structs.replace(
        progress,
        position=new.position,
        duration=new.duration,
        watched_at=new.at if is_watched_now else progress.watched_at,
        played_at=max(new.at, progress.played_at or new.at),
        hidden_at=None if progress.hidden_at and progress.hidden_at < new.at else progress.hidden_at,
        seen=seen,
        playbacks=(*others, playback)[-MAX_PLAYBACKS:],
    )


def _counts(progress: Progress, own: Playback, new: Report) -> bool:
    """Whether a known playback is the newest, or goes on while the newest one is silent.

    A page that was left open reports its old position when it is closed: that does not count.
    """
    newest = progress.playbacks[-1]
    if own is newest:
        return True
    silence = timedelta(seconds=newest.every) + SILENCE
    is_silent = progress.played_at is None or new.at - progress.played_at > silence
    return is_silent and new.position != own.position


def _seen(last: Playback | None, new: Report) -> int:
    """The stretches that were played since the last report. None if the viewer seems to have sought meanwhile."""
    if new.played is not None:
        return reduce(or_, (stretches(*part, new.duration) for part in new.played), 0)
    if last is None or new.position - last.position > MAX_PLAYED_SECONDS:
        return 0
    return stretches(last.position, new.position, new.duration)


def mark(progress: Progress, at: datetime, *, watched: bool) -> Progress:
    """Mark a film as watched or not watched; either way it starts at the beginning again."""
    watched_at = (progress.watched_at or at) if watched else None
    return structs.replace(progress, position=0.0, watched_at=watched_at, forgotten_at=at)


def stretches(begin: float, end: float, duration: float) -> int:
    """A bit for each stretch of a film whose middle is in a part of it."""
    last = int(duration // STRETCH_SECONDS)
    first, after = (min(last, max(0, math.ceil(at / STRETCH_SECONDS - 0.5))) for at in (begin, end))
    whole = (1 << after) - (1 << first) if first < after else 0
    is_end_seen = begin <= (last * STRETCH_SECONDS + duration) / 2 < end  # the last one ends with the film
    return whole | is_end_seen << last


def seen_part(seen: int, duration: float) -> float:
    """The part of a film that was seen, from 0 to 1."""
    return part_of_stretches(seen.bit_count(), duration)


def part_of_stretches(count: int, duration: float) -> float:
    """The part of a film that so many stretches are."""
    return min(1.0, count / max(1, math.ceil(duration / STRETCH_SECONDS)))
