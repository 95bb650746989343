"""The library as a table, CSV or JSON: exported, edited elsewhere, and imported again."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from videoflix.errors import InvalidInput
from videoflix.ids import parse_id
from videoflix.library.audience import AudienceFields
from videoflix.library.audience_cells import group_cell, read_audience
from videoflix.library.charsets import decode
from videoflix.library.metadata import MAX_LENGTHS, escape_html, unescape_html
from videoflix.library.models import Exported, Metadata

MAX_LINES = 100_000
# What a spreadsheet would evaluate. An apostrophe is put before it, and removed by an import.
FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")

# A row with its number: its cells by column name, or the reason why it cannot be read.
Record = tuple[int, dict[str, Any] | str]


class Line(Struct, frozen=True):
    """A row that names a video, with the metadata and the audience for it."""

    number: int
    video_id: int
    metadata: Metadata
    audience: AudienceFields = AudienceFields()


class Skipped(Struct, frozen=True):
    """A row that changes nothing, and the reason."""

    line: int
    detail: str


class _Unfit(Exception):
    """Ends the reading of a row that is skipped."""


def csv_lines(entries: Iterable[Exported], *, head: bool) -> bytes:
    """A part of a CSV file (RFC 4180). The first one begins with a byte order mark, which Excel needs for UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    if head:
        text.write("\ufeff")
        writer.writerow(Exported.__struct_fields__)
    writer.writerows([_cell(*pair) for pair in _told(entry).items()] for entry in entries)
    return text.getvalue().encode()


def json_lines(entries: Iterable[Exported], *, head: bool) -> bytes:
    """A part of a JSON array, which the last part closes."""
    return (b"[" if head else b",\n") + b",\n".join(msgspec.json.encode(_told(entry)) for entry in entries)


def read_csv(data: bytes) -> tuple[list[Line], list[Skipped]]:
    """Reads CSV with commas, semicolons or tabs in any encoding. The first row names the columns; unknown columns
    are ignored. Raises InvalidInput if it is not such a table."""
    return _lines(_of_csv(decode(data, sign="id")))


def read_json(data: bytes) -> tuple[list[Line], list[Skipped]]:
    """Reads an array of objects; their position counts as the row number. Raises InvalidInput."""
    return _lines(_of_json(data.removeprefix(codecs.BOM_UTF8)))


def escape_formula(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell


def unescape_formula(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def _told(entry: Exported) -> dict[str, Any]:
    """As plain text in simple types, without HTML escapes."""
    told: dict[str, Any] = msgspec.to_builtins(entry)
    return {name: unescape_html(value) if name in MAX_LENGTHS else value for name, value in told.items()}


def _cell(name: str, value: Any) -> str:
    if name == "group_ids":
        return group_cell(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return escape_formula(" ".join(value) if isinstance(value, list | tuple) else str(value))


def _of_csv(text: str) -> Iterator[Record]:
    """Raises InvalidInput if no row names the columns."""
    delimiter = max(",;\t", key=text.lstrip().partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] = []
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as reason:
            yield number, f"This cannot be read: {reason}."
            continue
        if not any(cells):
            continue
        if not names:
            names = [cell.strip().lower() for cell in cells]
            if "id" not in names:
                break
        elif len(cells) != len(names):
            yield number, f"The row has {len(cells)} cells, but the table has {len(names)} columns."
        else:
            yield number, {name: unescape_formula(cell) for name, cell in zip(names, cells, strict=True)}
    if "id" not in names:
        raise InvalidInput("The first line must name the columns, and one of them must be id.")


def _of_json(data: bytes) -> Iterator[Record]:
    """Raises InvalidInput."""
    try:
        objects = msgspec.json.decode(data, type=list[Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidInput("This is not a JSON array.") from None
    for number, each in enumerate(objects, 1):
        yield number, each if isinstance(each, dict) else "This is not an object."


def _lines(records: Iterator[Record]) -> tuple[list[Line], list[Skipped]]:
    lines: dict[int, Line] = {}
    skipped: list[Skipped] = []
    for number, record in records:
        if len(lines) + len(skipped) == MAX_LINES:
            raise InvalidInput(f"A table can have at most {MAX_LINES:,} lines.")
        try:
            line = _line(number, record)
            if line.video_id in lines:
                raise _Unfit(f"Video {line.video_id} is already in line {lines[line.video_id].number}.")
            lines[line.video_id] = line
        except _Unfit as reason:
            skipped.append(Skipped(number, str(reason)))
    return list(lines.values()), skipped


def _line(number: int, record: dict[str, Any] | str) -> Line:
    if isinstance(record, str):
        raise _Unfit(record)
    video_id = parse_id(str(record.get("id", "")).strip())
    if video_id is None:
        raise _Unfit("The id is not a video id.")
    texts = {name: _text(name, record[name]) for name in MAX_LENGTHS if name in record}
    try:
        audience = read_audience(record)
    except ValueError as reason:
        raise _Unfit(str(reason)) from None
    return Line(number, video_id, Metadata(**texts), audience)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _Unfit(f"The {name} is not text.")
    if len(value) > MAX_LENGTHS[name]:
        raise _Unfit(f"The {name} has more than {MAX_LENGTHS[name]} characters.")
    if name == "title" and not escape_html(value, MAX_LENGTHS[name]):
        raise _Unfit("The title is empty.")
    return value
