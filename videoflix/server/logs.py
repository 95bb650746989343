"""The log: an event per line on standard error, as text for people or as JSON for programs."""

import logging
import sys
from datetime import UTC, datetime

import msgspec
from redis.exceptions import RedisError

from videoflix.request_id import CURRENT
from videoflix.settings import Settings


class _Text(logging.Formatter):
    """The time of the configured zone, and behind the message the request that it belongs to."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s")
        self._zone = settings.time_zone

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return datetime.fromtimestamp(record.created, self._zone).strftime("%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        current = CURRENT.get()
        return super().formatMessage(record) + (f" [{current}]" if current else "")


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        exception = self.formatException(record.exc_info) if record.exc_info else None
        return as_json(record.name, record.getMessage(), record.levelname, record.created, exception)


def as_json(logger: str, message: str, level: str, moment: float, exception: str | None = None) -> str:
    """One line; what is not there is left out."""
    event = {
        "time": datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds"),
        "level": level,
        "logger": logger,
        "message": _sound(message),
    }
    if current := CURRENT.get():
        event["request_id"] = current
    if exception:
        event["exception"] = _sound(exception)
    return msgspec.json.encode(event).decode()


def set_up(settings: Settings) -> None:
    handler = logging.StreamHandler(sys.stderr)
    is_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    handler.setFormatter(_Json() if is_json else _Text(settings))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("saq").addFilter(_without_traceback)
    logging.getLogger("saq.worker").addFilter(_without_traceback)
    logging.getLogger("saq").setLevel(logging.ERROR)  # it warns of every orderly stop


def _sound(text: str) -> str:
    """What cannot be encoded, half a surrogate pair in a name, is shown as its number."""
    return text.encode("utf-8", "backslashreplace").decode()


def _without_traceback(record: logging.LogRecord) -> bool:
    """SAQ's clock ticks on while Redis is away; a line says as much as a traceback."""
    if record.exc_info and isinstance(record.exc_info[1], RedisError):
        record.msg, record.args, record.exc_info = "Redis does not answer: %s", (record.exc_info[1],), None
    return True
