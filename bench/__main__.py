"""Runs all benchmarks, or the named ones, and prints one table."""

import argparse
import asyncio
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import (
    audiences,
    cdn,
    corpus,
    first_segment,
    gateway,
    home,
    hosts,
    ladder,
    listing,
    logins,
    memory,
    moving,
    orchestration,
    play,
    playlists,
    progress,
    reference,
    search,
    segments,
    sessions,
    uploads,
    viewers,
)
from bench.result import NotMeasured, Result
from videoflix.errors import VideoflixError

MEASUREMENTS: dict[str, Callable[[], Coroutine[Any, Any, list[Result]]]] = {
    "listing": listing.measure,
    "playlists": playlists.measure,
    "segments": segments.measure,
    "gateway": gateway.measure,
    "cdn": cdn.measure,
    "viewers": viewers.measure,
    "first": first_segment.measure,
    "ladder": ladder.measure,
    "orchestration": orchestration.measure,
    "hosts": hosts.measure,
    "memory": memory.measure,
    "logins": logins.measure,
    "sessions": sessions.measure,
    "home": home.measure,
    "search": search.measure,
    "audiences": audiences.measure,
    "progress": progress.measure,
    "reference": reference.measure,
    "play": play.measure,
    "uploads": uploads.measure,
    "moving": moving.measure,
}


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that child processes are stopped
    if sys.argv[1:2] == ["corpus"]:
        return corpus.main(sys.argv[2:])
    names = _arguments().names or list(MEASUREMENTS)
    results: dict[str, list[Result]] = {}
    failures: dict[str, str] = {}
    for name in names:
        print(f"bench: {name} …", file=sys.stderr)
        try:
            results[name] = asyncio.run(MEASUREMENTS[name]())
        except (NotMeasured, VideoflixError) as reason:
            failures[name] = str(reason)
        except Exception as error:  # a fault of one must not lose the results of the others
            traceback.print_exc()
            failures[name] = f"{type(error).__name__}: {error}"
        except KeyboardInterrupt:
            return 130
    console = Console(width=None if sys.stdout.isatty() else 140)
    if results:
        console.print(_table(results))
    for name, why in failures.items():
        print(f"bench: {name} was not measured: {why}", file=sys.stderr)
    return 1 if failures else 0


def _arguments() -> argparse.Namespace:
    lines = [f"  {name:<15}{sys.modules[measure.__module__].__doc__}" for name, measure in MEASUREMENTS.items()]
    parser = argparse.ArgumentParser(
        prog="bin/bench",
        description="Run benchmarks on this machine, which should be idle otherwise.",
        epilog="\n".join(["benchmarks:", *lines, "", "corpus FOLDER:", f"  {corpus.__doc__}"]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="the benchmarks to run (default: all)")
    arguments = parser.parse_args()
    for name in arguments.names:
        if name not in MEASUREMENTS:
            parser.error(f"unknown benchmark {name!r}: choose from {', '.join(MEASUREMENTS)}")
    return arguments


def _table(results: dict[str, list[Result]]) -> Table:
    table = Table("", "what", "measured", "expected", "")
    for name, lines in results.items():
        for number, line in enumerate(lines):
            verdict = "" if not line.expected else "ok" if line.is_met else "missed"
            style = "red" if verdict == "missed" else None
            table.add_row("" if number else name, line.what, line.measured, line.expected, verdict, style=style)
        table.add_section()
    return table


if __name__ == "__main__":
    sys.exit(main())
