"""The order of episodes in their seasons: where new ones go, and what a changed order means."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import structs

from videoflix.library.models import Episode


def insert(ordered: Sequence[Episode], new: Episode) -> list[Episode]:
    """The episodes with a new one: behind those of its season with its number or a lower one, wherever people moved
    them, and behind all if it has none."""
    season = [one for one in ordered if one.season == new.season]
    at = _position([one.number for one in season], new.number)
    return [*(one for one in ordered if one.season != new.season), *season[:at], new, *season[at:]]


def arrange(ordered: Sequence[Episode], season: int, wanted: Iterable[int]) -> list[Episode]:
    """The episodes, of which those with the `wanted` ids begin a season in this order. They may come from other
    seasons; what else the season has follows."""
    known: Mapping[int, Episode] = {one.id: one for one in ordered}
    first = [structs.replace(known[video_id], season=season) for video_id in wanted]
    moved = {one.id for one in first}
    return [*first, *(one for one in ordered if one.id not in moved)]


def _position(numbers: Sequence[int | None], number: int | None) -> int:
    if number is None:
        return len(numbers)
    behind = [at + 1 for at, other in enumerate(numbers) if other is not None and other <= number]
    before = [at for at, other in enumerate(numbers) if other is not None and other > number]
    return max(behind, default=min(before, default=len(numbers)))
