"""What bin/start and its processes say: our own lines are printed, and all lines are in a log file."""

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

from videoflix.server.logs import as_json

COLORS = {"web": 32, "mail": 35, "transcode": 33, "videoflix": 36}
# The log file, and the older one that is kept beside it, have at most this many bytes.
LOG_BYTES = 10_000_000

_is_json = False
_file: "_LogFile | None" = None
_held: list[str] | None = None


class _LogFile(RotatingFileHandler):
    """A file that only we can read: mails that are printed contain links."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        super().__init__(file, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", errors="backslashreplace")

    def handleError(self, record: logging.LogRecord) -> None:
        """Do without the line, as when the disk is full: the processes go on."""


def use_json() -> None:
    """Print JSON from now on."""
    global _is_json
    _is_json = True


def is_terminal() -> bool:
    """Whether somebody reads our output on a terminal that can show colours and frames."""
    return sys.stdout.isatty() and not _is_json and os.environ.get("TERM", "dumb") != "dumb"


@contextmanager
def log_to(file: Path) -> Iterator[None]:
    """Write all lines to this file too, until the block ends. Raises OSError."""
    global _file
    _file = _LogFile(file)
    _file.setFormatter(logging.Formatter(None if _is_json else "%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    try:
        yield
    finally:
        _file.close()
        _file = None


def log_hint() -> str:
    """A sentence that names the log file, if there is one."""
    return f" The log is {_file.baseFilename}" if _file else ""


@contextmanager
def hold_back() -> Iterator[None]:
    """Print what processes say when the block ends, in any way. Our own messages are printed at once."""
    global _held
    _held = []
    try:
        yield
    finally:
        lines, _held = _held, None
        for line in lines:
            _print(line)


def say(name: str, text: str, *, is_event: bool = False) -> None:
    """Print and record a line of a process's output: with its name, or as JSON, which an event of our own log is
    already."""
    _record(_line(name, text, is_event))
    if _held is not None and name != "videoflix":
        _held.append(_line(name, text, is_event, color=is_terminal()))
    else:
        show(name, text, is_event=is_event)


def show(name: str, text: str, *, is_event: bool = False) -> None:
    """Print a line without recording it, such as one with a password."""
    _print(_line(name, text, is_event, color=is_terminal()))


def record(name: str, text: str) -> None:
    """Write a line to the log file only."""
    _record(_line(name, text))


def _line(name: str, text: str, is_event: bool = False, *, color: bool = False) -> str:
    if _is_json:
        return text if is_event else as_json(name, text, "INFO", time.time())
    prefix = f"{name:<9} |"
    return f"\x1b[{COLORS.get(name, 37)}m{prefix}\x1b[0m {text}" if color else f"{prefix} {text}"


def _record(line: str) -> None:
    if _file:
        _file.handle(logging.makeLogRecord({"msg": line}))


def _print(line: str) -> None:
    try:
        print(line, flush=True)
    except BrokenPipeError:  # nobody reads our output any more; the processes still have to be stopped
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
