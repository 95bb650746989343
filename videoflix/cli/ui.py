"""What commands print: progress, tables, check marks, and text that is safe to print."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Column, Table

from videoflix.checks.finding import Mark

# The first character of a line that reports a check.
MARKS = {Mark.GOOD: "[green]✓[/]", Mark.WARNING: "[yellow]![/]", Mark.BAD: "[red]✗[/]"}


class Bar:
    """Progress on a terminal: a bar in the last line, messages above it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=1.0, details="")

    def show(self, stage: str, done: float = 0.0, details: Sequence[str] = ()) -> None:
        """`done` is from 0 to 1."""
        self._progress.update(self._task, description=stage, completed=done, details=", ".join(details))

    def print(self, message: str) -> None:
        self._progress.console.print(message)


class Lines:
    """Progress in a file or a pipe: a line for each stage, and for each ten percent of it."""

    def __init__(self) -> None:
        self._stage, self._tenth = "", 0

    def show(self, stage: str, done: float = 0.0, details: Sequence[str] = ()) -> None:
        """`done` is from 0 to 1."""
        tenth = int(done * 10 + 1e-9)
        if stage == self._stage and tenth <= self._tenth:
            return
        self._stage, self._tenth = stage, tenth
        numbers = ", ".join((f"{tenth * 10} %", *details) if tenth else details)
        self.print(f"{stage}: {numbers}" if numbers else stage)

    def print(self, message: str) -> None:
        print(message, flush=True)


@contextmanager
def progress() -> Iterator[Bar | Lines]:
    """A bar if standard output is a terminal that can move its cursor, otherwise lines."""
    console = Console(soft_wrap=True, markup=False, highlight=False)
    if not sys.stdout.isatty() or console.is_dumb_terminal:
        yield Lines()
        return
    columns = (
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
        BarColumn(bar_width=20),
        TextColumn("{task.percentage:>3.0f} %", table_column=Column(no_wrap=True)),
        TextColumn("{task.fields[details]}", markup=False, table_column=Column(no_wrap=True)),
    )
    with Progress(*columns, console=console) as bar:
        yield Bar(bar)


def table(title: str, *, text: Sequence[str], numbers: Sequence[str] = ()) -> Table:
    """An empty table: columns of text, then columns of numbers, which are aligned on the right."""
    made = Table(title=title)
    for name in text:
        made.add_column(name, overflow="fold")
    for name in numbers:
        made.add_column(name, justify="right")
    return made


def print_check(console: Console, mark: Mark, message: str) -> None:
    console.print(f"{MARKS[mark]} {escape(message)}")


def count(number: int, noun: str) -> str:
    """`1 problem`, `2 problems`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def printable(text: str) -> str:
    """One line without control characters or broken Unicode, which file names may contain."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
