"""Shows how far the start is, and at its end what somebody needs who has just started Videoflix."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from videoflix.server.output import is_terminal, say, show


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """A function that shows what is being done: in the last line of a terminal, otherwise as a line of the log."""
    if not is_terminal():
        yield lambda step: say("videoflix", step)
        return
    with Console().status("") as status:
        yield lambda step: status.update(f"{step} …")


def print_summary(address: str, email: str, password: str | None, facts: Mapping[str, str]) -> None:
    """In a frame on a terminal, otherwise as lines. `password` is None unless it was generated now; because of it
    nothing of this is recorded."""
    login = f"{email} with the password {password}" if password else email
    if not is_terminal():
        show("videoflix", f"Videoflix is ready at {address} (log in as {login})")
        for name, fact in facts.items():
            show("videoflix", f"{name}: {fact}")
        return
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("open", Text(address, style="bold"))
    grid.add_row("log in as", Text(f"{login} (shown only this once)" if password else login, style="bold"))
    for name, fact in facts.items():
        grid.add_row(name, Text(fact))
    title = "[bold green]Videoflix is ready[/]"
    Console(highlight=False).print(Panel.fit(grid, title=title, title_align="left", padding=(1, 2)))
