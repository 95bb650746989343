import csv
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videoflix.errors import InvalidInput
from videoflix.library import tables
from videoflix.library.editing import compare
from videoflix.library.metadata import MAX_LENGTHS, escape_html, escaped
from videoflix.library.models import EncodeState, Exported, Metadata, VideoText
from videoflix.library.tables import (
    Line,
    Skipped,
    csv_lines,
    escape_formula,
    json_lines,
    read_csv,
    read_json,
    unescape_formula,
)


def _entry(title: str = "Alien", description: str = "", category: str = "Horror", number: int = 7) -> Exported:
    return Exported(
        id=number,
        created_at=datetime(2026, 11, 22, 17, 5, tzinfo=UTC),
        title=title,
        description=description,
        category=category,
        thumbnail_url=f"http://host/api/video/{number}/thumbnail.jpg?v=1",
        video_file=f"/api/video/{number}/master.m3u8",
        status=EncodeState.READY,
        duration=14.0,
        resolutions=("480p", "720p"),
        bytes=1000,
        original_bytes=None,
        captions=("de", "en"),
    )


def test_a_table_begins_with_the_names_of_its_columns_and_people_can_read_it() -> None:
    text = csv_lines([_entry("&lt;Alien&gt;, the &quot;first&quot;", "one\ntwo")], head=True).decode()
    assert text.startswith("\ufeffid,created_at,title,description,category,thumbnail_url,video_file,status,duration,")
    assert text.endswith(
        '7,2026-11-22T17:05:00Z,"<Alien>, the ""first""","one\ntwo",Horror,'
        "http://host/api/video/7/thumbnail.jpg?v=1,/api/video/7/master.m3u8,ready,14.0,480p 720p,1000,,de en,"
        "everyone,0,false,\r\n"
    )


def test_parts_of_a_table_make_one_table() -> None:
    first, second = [_entry(number=1), _entry(number=2)], [_entry(number=3)]
    text = csv_lines(first, head=True) + csv_lines(second, head=False)
    assert [row["id"] for row in csv.DictReader(io.StringIO(text.decode("utf-8-sig")))] == ["1", "2", "3"]
    told = json.loads(json_lines(first, head=True) + json_lines(second, head=False) + b"]")
    assert [one["id"] for one in told] == [1, 2, 3]
    assert told[0]["resolutions"] == ["480p", "720p"]
    assert json.loads(json_lines([], head=True) + b"]") == []


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''=1", "＝1"])
def test_a_formula_is_no_formula_any_more(cell: str) -> None:
    assert escape_formula(cell) == f"'{cell}"
    assert unescape_formula(escape_formula(cell)) == cell


@pytest.mark.parametrize("cell", ["", "'", "it's", "'quoted'", "1+1", "a=b"])
def test_what_is_no_formula_stays_as_it_is(cell: str) -> None:
    assert escape_formula(cell) == cell == unescape_formula(cell)


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\na ＝"), max_size=6) | st.text())
def test_no_cell_is_calculated_and_every_cell_comes_back(cell: str) -> None:
    assert escape_formula(cell)[:1] not in {*"=+-@\t\r\n"}
    assert unescape_formula(escape_formula(cell)) == cell


WRITTEN = st.text(alphabet=st.sampled_from("'=+-@\n;,\"<>&é日 ab\\\x85\u2028"), max_size=20) | st.text(max_size=250)


@given(st.tuples(WRITTEN, WRITTEN, WRITTEN), st.booleans())
def test_a_table_that_comes_back_as_it_went_changes_nothing(written: tuple[str, str, str], as_json: bool) -> None:
    words = [escape_html(text, most) for text, most in zip(written, MAX_LENGTHS.values(), strict=True)]
    words[0] = words[0] or "Untitled"
    entry = _entry(title=words[0], description=words[1], category=words[2])
    if as_json:
        lines, skipped = read_json(json_lines([entry], head=True) + b"]")
    else:
        lines, skipped = read_csv(csv_lines([entry], head=True))
    assert skipped == []
    returned = {line.video_id: escaped(line.metadata) for line in lines}
    assert compare(returned, {7: VideoText(*words)}).changes == []


TABLE = "id;title;category\r\n7;Größe;Komödie\r\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (TABLE, "utf-8"),
        (TABLE, "utf-8-sig"),
        (TABLE, "cp1252"),
        (TABLE, "utf-16"),
        (TABLE, "utf-16-le"),
        (TABLE.replace(";", ","), "utf-8"),
        (TABLE.replace(";", "\t"), "utf-16"),
        (TABLE.replace("\r\n", "\n"), "utf-8"),
        (TABLE.replace("\r\n", "\r"), "utf-8"),
        (TABLE.replace("7;", '"7";').replace("id;title", '"ID";" Title "'), "utf-8"),
        ("\r\n" + TABLE + ";;\r\n\r\n", "utf-8"),
    ],
)
def test_tables_are_read_as_programs_write_them(text: str, encoding: str) -> None:
    lines, skipped = read_csv(text.encode(encoding))
    assert lines == [Line(lines[0].number, 7, Metadata(title="Größe", category="Komödie"))]
    assert skipped == []


def test_columns_in_any_order_and_of_any_kind_and_only_texts_are_taken() -> None:
    lines, _ = read_csv(b"status,title,bytes,id,created_at\nfailed,Heat,0,7,1970-01-01\n")
    assert lines == [Line(2, 7, Metadata(title="Heat"))]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("id,title\nx,Heat\n", 2, "The id is not a video id."),
        ("id,title\n,Heat\n", 2, "The id is not a video id."),
        ("id,title\n0,Heat\n", 2, "The id is not a video id."),
        ("id,title\n7, \n", 2, "The title is empty."),
        ("id,title\n7," + "x" * 201 + "\n", 2, "The title has more than 200 characters."),
        ("id,title\n7,Heat,1995\n", 2, "The row has 3 cells, but the table has 2 columns."),
        ("id,title\n7\n", 2, "The row has 1 cells, but the table has 2 columns."),
        ('id,title\n8,"one\ntwo"\n7,"a"b\n', 4, "This cannot be read: ',' expected after '\"'."),
        ('id,title\n8,Heat\n7,"never ends\n9,Alien\n', 3, "This cannot be read: unexpected end of data."),
        ("id,title\n8,Heat\n\n8,Alien\n", 4, "Video 8 is already in line 2."),
    ],
)
def test_a_line_that_cannot_be_taken_is_skipped_with_its_number_and_the_reason(
    text: str, line: int, reason: str
) -> None:
    lines, skipped = read_csv(text.encode())
    assert skipped == [Skipped(line, reason)]
    assert [one.video_id for one in lines] == ([8] if "8," in text else [])


def test_objects_are_read_as_lines_are() -> None:
    objects = [{"id": 7, "title": "Heat", "bytes": 1}, {"id": "8", "description": ""}, "Heat", {"id": 9, "title": 1}]
    lines, skipped = read_json("\ufeff".encode() + json.dumps([*objects, {"id": True}, {}]).encode())
    assert lines == [Line(1, 7, Metadata(title="Heat")), Line(2, 8, Metadata(description=""))]
    assert [(one.line, one.detail) for one in skipped] == [
        (3, "This is not an object."),
        (4, "The title is not text."),
        (5, "The id is not a video id."),
        (6, "The id is not a video id."),
    ]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"title,category\n", b"7,Heat\n", b'"id\n', b"\x00\xff" * 50])
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="name the columns"):
        read_csv(data)


@pytest.mark.parametrize("data", [b"", b"{}", b"[", b"\xff", b"[" * 100_000])
def test_what_is_no_array_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="not a JSON array"):
        read_json(data)


def test_a_table_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_LINES", 3)
    assert len(read_csv(b"id\n1\n2\n3\n")[0]) == 3
    with pytest.raises(InvalidInput, match="3 lines"):
        read_csv(b"id\n1\n2\n2\n4\n")
