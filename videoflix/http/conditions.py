"""Evaluates conditional and range requests (RFC 9110, sections 13 and 14), without I/O."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

from aiohttp.hdrs import IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE
from msgspec import Struct


class Decision(Struct, frozen=True):
    """The status, and the bytes to send: `count` bytes from offset `start`."""

    status: int
    start: int
    count: int


def content_range(decision: Decision, size: int) -> dict[str, str]:
    """The Content-Range header of a 206 or 416 for a file of `size` bytes; empty for other statuses."""
    if decision.status == 206:
        end = decision.start + decision.count - 1
        return {"Content-Range": f"bytes {decision.start}-{end}/{size}"}
    if decision.status == 416:
        return {"Content-Range": f"bytes */{size}"}
    return {}


@lru_cache(maxsize=4096)
def http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def matches(wanted: str | None, etag: str) -> bool:
    """Whether an If-None-Match header lists this ETag."""
    return wanted is not None and (wanted.strip() == "*" or etag in re.findall(r'"[^"]*"', wanted))


def decide(headers: Mapping[str, str], size: int, etag: str, modified: datetime) -> Decision:
    """200, 206, 304 or 416 for a representation of `size` bytes. `etag` is strong and includes its quotes.

    Several ranges, and ranges in other units than bytes, get the whole representation, as the RFC allows.
    """
    # most requests have no condition: three look-ups instead of all below
    if RANGE not in headers and IF_NONE_MATCH not in headers and IF_MODIFIED_SINCE not in headers:
        return Decision(200, 0, size)
    if _unchanged(headers, etag, modified):
        return Decision(304, 0, 0)
    found = re.fullmatch(r"bytes=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", headers.get("Range", ""), re.ASCII)
    if not found or found.groups() == ("", "") or not _range_applies(headers, etag, modified):
        return Decision(200, 0, size)
    first, last = found.groups()
    if not first:
        count = min(int(last), size)
        return Decision(206, size - count, count) if count else Decision(416, 0, 0)
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return Decision(200, 0, size)
    return Decision(206, start, end - start + 1) if start < size else Decision(416, 0, 0)


def _unchanged(headers: Mapping[str, str], etag: str, modified: datetime) -> bool:
    if "If-None-Match" in headers:
        return matches(headers["If-None-Match"], etag)
    since = _date(headers.get("If-Modified-Since"))
    return since is not None and modified.replace(microsecond=0) <= since


def _range_applies(headers: Mapping[str, str], etag: str, modified: datetime) -> bool:
    """Whether If-Range, if sent, still matches: otherwise the client gets the whole file."""
    condition = headers.get("If-Range")
    if condition is None:
        return True
    if condition.lstrip().startswith(('"', "W/")):
        return condition.strip() == etag
    return _date(condition) == modified.replace(microsecond=0)


def _date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text) if text else None
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC) if moment else None
