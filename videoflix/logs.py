"""The log: one line per event on standard error, with the time of the configured zone."""

import logging
import sys
from datetime import datetime

from redis.exceptions import RedisError

from videoflix.settings import Settings


class _Formatter(logging.Formatter):
    def __init__(self, settings: Settings) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s")
        self._zone = settings.time_zone

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return datetime.fromtimestamp(record.created, self._zone).strftime("%H:%M:%S")


def _without_traceback(record: logging.LogRecord) -> bool:
    """SAQ's clock ticks on while Redis is away; a line says as much as a traceback."""
    if record.exc_info and isinstance(record.exc_info[1], RedisError):
        record.msg, record.args, record.exc_info = "Redis does not answer: %s", (record.exc_info[1],), None
    return True


def set_up(settings: Settings) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(settings))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("saq").addFilter(_without_traceback)
    logging.getLogger("saq.worker").addFilter(_without_traceback)
    logging.getLogger("saq").setLevel(logging.ERROR)  # it warns of every orderly stop
