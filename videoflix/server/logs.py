"""The log: one event per line on standard error, as text or as JSON."""

import logging
import sys
from datetime import UTC, datetime

import msgspec
from redis.exceptions import RedisError

from videoflix.request_id import CURRENT
from videoflix.settings import Settings


class _Text(logging.Formatter):
    """Text with the time in the configured zone, and the id of the request after the message."""

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
    """An event as one line; fields without a value are omitted. `moment` is a Unix timestamp."""
    event = {
        "time": datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds"),
        "level": level,
        "logger": logger,
        "message": _encodable(message),
    }
    if current := CURRENT.get():
        event["request_id"] = current
    if exception:
        event["exception"] = _encodable(exception)
    return msgspec.json.encode(event).decode()


def set_up(settings: Settings) -> None:
    handler = logging.StreamHandler(sys.stderr)
    is_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    handler.setFormatter(_Json() if is_json else _Text(settings))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("saq").addFilter(_without_traceback)
    logging.getLogger("saq.worker").addFilter(_without_traceback)
    logging.getLogger("saq").setLevel(logging.ERROR)  # it logs a warning at every normal stop


def _encodable(text: str) -> str:
    """Escape what UTF-8 cannot encode, such as lone surrogates in file names."""
    return text.encode("utf-8", "backslashreplace").decode()


def _without_traceback(record: logging.LogRecord) -> bool:
    """Log one line instead of a traceback when Redis does not answer: SAQ's scheduler tries every second."""
    if record.exc_info and isinstance(record.exc_info[1], RedisError):
        record.msg, record.args, record.exc_info = "Redis does not answer: %s", (record.exc_info[1],), None
    return True
