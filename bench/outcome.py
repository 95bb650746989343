"""The outcome of each film of a corpus, what is suspicious about it, and the report."""

import re
from collections import Counter
from collections.abc import Callable, Iterator

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from bench.durations import Duration

MAX_APART = 0.05
MAX_MEMORY = 1_000_000_000
# Bytes in a staging folder, and bytes per second of film in all renditions, far above the rates of the ladder.
MAX_STAGED, MAX_STAGED_PER_SECOND = 10_000_000, 5_000_000
# Seconds until a film is refused, or encoded: for any film, and per second of film.
MAX_REFUSAL, MAX_SECONDS, MAX_SECONDS_PER_SECOND = 20.0, 60.0, 10.0


class Outcome(Struct, kw_only=True):
    """Times in seconds, sizes in bytes. `original` and `published` (the lowest rendition) are measured by decoding,
    `planned` is the duration that the probe found, and `left` lists the files that remain after deletion."""

    name: str
    outcome: str = "hangs"
    reason: str = ""
    notes: str = ""
    planned: float | None = None
    original: Duration | None = None
    published: Duration | None = None
    audible: tuple[bool, bool] = (False, False)
    seconds: float = 0.0
    memory: int = 0
    staged: int = 0
    left: str = ""
    problems: tuple[str, ...] = ()

    @property
    def apart(self) -> float | None:
        """How much longer the published film is than the original. If audio and video of the original end at almost
        the same time, either end is accepted."""
        if not self.original or not self.published:
            return None
        ends = (self.original.video, self.original.whole)
        is_near = ends[1] - ends[0] <= 2 * MAX_APART
        return min((self.published.whole - end for end in (ends if is_near else ends[1:])), key=abs)

    @property
    def suspicions(self) -> tuple[str, ...]:
        return (*self.problems, *_suspicions(self))

    def row(self) -> dict[str, str]:
        """The values of the CSV file by column."""
        seconds = {
            "planned": self.planned,
            "video": self.original and self.original.video,
            "audio": self.original and self.original.audio,
            "published": self.published and self.published.whole,
            "apart": self.apart,
            "seconds": self.seconds,
        }
        return {
            "name": self.name,
            "outcome": self.outcome,
            "suspicions": "; ".join(self.suspicions),
            "reason": self.reason,
            "notes": self.notes,
            "frames": str(self.original.frames) if self.original else "",
            "published_frames": str(self.published.frames) if self.published else "",
            **{name: "" if value is None else f"{value:.3f}" for name, value in seconds.items()},
            "memory_mb": f"{self.memory / 1e6:.0f}",
            "staged_mb": f"{self.staged / 1e6:.1f}",
            "left": self.left,
        }


def _suspicions(one: Outcome) -> Iterator[str]:
    if one.outcome in ("hangs", "failed"):
        yield one.outcome
    if one.outcome == "ready" and not one.published:
        yield "no published video can be decoded"
    if one.outcome == "ready" and not one.notes and one.apart is not None and abs(one.apart) > MAX_APART:
        yield f"duration {one.apart:+.2f} s"
    if one.original and one.original.audio is not None and one.published and one.published.audio is None:
        yield "audio lost"
    elif one.audible == (True, False):
        yield "audio silent"
    if one.memory > MAX_MEMORY:
        yield f"memory {one.memory / 1e6:.0f} MB"
    length = one.published.whole if one.published else 0.0
    if one.staged > MAX_STAGED + MAX_STAGED_PER_SECOND * length:
        yield f"staged {one.staged / 1e6:.0f} MB"
    patience = MAX_REFUSAL if one.outcome == "refused" else MAX_SECONDS + MAX_SECONDS_PER_SECOND * length
    if one.seconds > patience:
        yield "slow"
    if one.left:
        yield "files left behind"


def print_report(outcomes: list[Outcome], console: Console) -> None:
    """Print suspicious films, then the reasons of refusals, then totals."""
    suspicious = Table("film", "outcome", "suspicions", "reason or notes", title="suspicious")
    for one in sorted(outcomes, key=lambda one: (one.suspicions, one.name)):
        if one.suspicions:
            suspicious.add_row(one.name, one.outcome, "; ".join(one.suspicions), one.reason or one.notes)
    reasons = Table("films", "reason", "example", title="refused or failed")
    kinds = Counter(_kind(one.reason) for one in outcomes if one.reason)
    examples = {_kind(one.reason): one.name for one in outcomes if one.reason}
    for reason, count in kinds.most_common():
        reasons.add_row(str(count), reason, examples[reason])
    for table in (suspicious, reasons):
        if table.row_count:
            console.print(table)
    console.print(_totals(outcomes))


PEAKS: tuple[tuple[str, str, Callable[[Outcome], float]], ...] = (
    ("largest ffmpeg", "MB", lambda one: one.memory / 1e6),
    ("most staged", "MB", lambda one: one.staged / 1e6),
    ("longest time", "s", lambda one: one.seconds),
)


def _kind(reason: str) -> str:
    return re.sub(r"\d+", "N", reason)


def _totals(outcomes: list[Outcome]) -> Table:
    states = Counter(one.outcome for one in outcomes)
    compared = [abs(one.apart) for one in outcomes if one.apart is not None]
    within = sum(apart <= MAX_APART for apart in compared)
    table = Table("", "", title="totals")
    table.add_row("films", f"{len(outcomes)}: " + ", ".join(f"{count} {state}" for state, count in states.items()))
    table.add_row(f"durations within {MAX_APART * 1000:.0f} ms", f"{within} of {len(compared)}")
    for what, unit, value in PEAKS:
        most = max(outcomes, key=value)
        table.add_row(what, f"{value(most):.0f} {unit} ({most.name})")
    table.add_row("left behind", str(sum(bool(one.left) for one in outcomes)))
    table.add_row("suspicious", str(sum(bool(one.suspicions) for one in outcomes)))
    return table
