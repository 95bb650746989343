"""What became of a film of the corpus, what of that looks wrong, and the tables that tell."""

import re
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from bench.lengths import Length

MAX_APART = 0.05
MAX_MEMORY = 1_000_000_000
# Bytes in a staging folder, and those per second of film on all rungs, far above what the ladder's rates allow.
MAX_STAGED, MAX_STAGED_PER_SECOND = 10_000_000, 5_000_000
# Seconds for a film that is refused, or for any and for each second of it.
MAX_REFUSAL, MAX_SECONDS, MAX_SECONDS_PER_SECOND = 20.0, 60.0, 10.0


class Outcome(Struct, kw_only=True):
    """Times in seconds, sizes in bytes. `original` and `published` (the lowest rung) are what decoding tells,
    `planned` is the length that the pipeline promises before it encodes; `left` is what deletion leaves."""

    name: str
    outcome: str = "hangs"
    reason: str = ""
    notes: str = ""
    planned: float | None = None
    original: Length | None = None
    published: Length | None = None
    audible: tuple[bool, bool] = (False, False)
    seconds: float = 0.0
    memory: int = 0
    staged: int = 0
    left: str = ""
    problems: tuple[str, ...] = ()

    @property
    def apart(self) -> float | None:
        """How much longer than the original the film has become. Sound may last a little longer than the picture:
        both ends are right then."""
        if not self.original or not self.published:
            return None
        ends = (self.original.picture, self.original.whole)
        is_near = ends[1] - ends[0] <= 2 * MAX_APART
        return min((self.published.whole - end for end in (ends if is_near else ends[1:])), key=abs)

    @property
    def suspicions(self) -> tuple[str, ...]:
        return (*self.problems, *_suspicions(self))

    def row(self) -> dict[str, str]:
        """By the names of the columns."""
        seconds = {
            "planned": self.planned,
            "picture": self.original and self.original.picture,
            "sound": self.original and self.original.sound,
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
        yield "nothing published can be decoded"
    if one.outcome == "ready" and not one.notes and one.apart is not None and abs(one.apart) > MAX_APART:
        yield f"length {one.apart:+.2f} s"
    if one.original and one.original.sound is not None and one.published and one.published.sound is None:
        yield "sound lost"
    elif one.audible == (True, False):
        yield "sound silent"
    if one.memory > MAX_MEMORY:
        yield f"memory {one.memory / 1e6:.0f} MB"
    length = one.published.whole if one.published else 0.0
    if one.staged > MAX_STAGED + MAX_STAGED_PER_SECOND * length:
        yield f"staged {one.staged / 1e6:.0f} MB"
    patience = MAX_REFUSAL if one.outcome == "refused" else MAX_SECONDS + MAX_SECONDS_PER_SECOND * length
    if one.seconds > patience:
        yield "slow"
    if one.left:
        yield "left behind"


def tell(outcomes: list[Outcome], console: Console) -> None:
    """What looks wrong first, then the reasons, then the figures."""
    doubtful = Table("film", "outcome", "what looks wrong", "reason or notes", title="suspicious")
    for one in sorted(outcomes, key=lambda one: (one.suspicions, one.name)):
        if one.suspicions:
            doubtful.add_row(one.name, one.outcome, "; ".join(one.suspicions), one.reason or one.notes)
    reasons = Table("films", "reason", "for instance", title="refused or failed")
    kinds = Counter(_kind(one.reason) for one in outcomes if one.reason)
    examples = {_kind(one.reason): one.name for one in outcomes if one.reason}
    for reason, count in kinds.most_common():
        reasons.add_row(str(count), reason, examples[reason])
    for table in (doubtful, reasons):
        if table.row_count:
            console.print(table)
    console.print(_figures(outcomes))


def _kind(reason: str) -> str:
    return re.sub(r"\d+", "N", reason)


def _figures(outcomes: list[Outcome]) -> Table:
    states = Counter(one.outcome for one in outcomes)
    compared = [abs(one.apart) for one in outcomes if one.apart is not None]
    near = sum(apart <= MAX_APART for apart in compared)
    table = Table("what", "figure", title="figures")
    table.add_row("films", f"{len(outcomes)}: " + ", ".join(f"{count} {state}" for state, count in states.items()))
    table.add_row(f"lengths within {MAX_APART * 1000:.0f} ms", f"{near} of {len(compared)}")
    for what, unit, value in (
        ("largest ffmpeg", "MB", lambda one: one.memory / 1e6),
        ("most staged", "MB", lambda one: one.staged / 1e6),
        ("longest time", "s", lambda one: one.seconds),
    ):
        most = max(outcomes, key=value)
        table.add_row(what, f"{value(most):.0f} {unit} ({most.name})")
    table.add_row("left behind", str(sum(bool(one.left) for one in outcomes)))
    table.add_row("suspicious", str(sum(bool(one.suspicions) for one in outcomes)))
    return table
