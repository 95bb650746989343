"""The library is taken along as a table, edited elsewhere and brought back."""

import csv
import io
from typing import Any

import pytest

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import EMAIL, PASSWORD
from videoflix.db.pool import Database
from videoflix.library.handlers import export as library
from videoflix.library.models import Captions
from videoflix.library.queries import captions, videos

CSV, JSON = {"Content-Type": "text/csv"}, {"Content-Type": "application/json"}


async def _exported(client: Client) -> list[dict[str, str]]:
    answer = await client.get("/api/admin/library.csv")
    assert answer.status == 200
    return list(csv.DictReader(io.StringIO((await answer.read()).decode("utf-8-sig"), newline="")))


async def _brought(client: Client, table: str | bytes, query: str = "", headers: dict[str, str] = CSV) -> Any:
    data = table.encode() if isinstance(table, str) else table
    answer = await client.post(f"/api/admin/library/{query}", data=io.BytesIO(data), headers=headers)
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def _texts(database: Database) -> list[tuple[str, str, str]]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT title, description, category FROM videos ORDER BY id")
    return [tuple(row) for row in rows]


async def test_everything_about_a_film_stands_in_its_line(
    logged_in: Client, publish: Publish, database: Database
) -> None:
    video_id = await publish("Heat", labels=(480, 720))
    async with database.connection() as connection:
        for language in ("en", "de", "en"):
            text = Captions(language=language, name="x", text="WEBVTT\n")
            await captions.insert(connection, video_id, text)
        await videos.insert(connection, "Not made yet", "", "", 1000)
        await connection.execute("UPDATE encodes SET thumbnail = 2")
    told = await (await logged_in.get("/api/admin/library.json")).json()
    (first, second), base = told, str(logged_in.make_url("")).rstrip("/")
    listed = (await (await logged_in.get("/api/video/")).json())[0]
    assert list(first)[:7] == ["id", "created_at", "title", "description", "category", "thumbnail_url", "video_file"]
    assert {name: first[name] for name in listed if name != "created_at"} == {
        name: value for name, value in listed.items() if name != "created_at"
    }
    assert first["video_file"] == f"/api/video/{video_id}/master.m3u8"
    assert (await logged_in.get(first["video_file"])).status == 200
    assert (first["status"], first["duration"], first["resolutions"]) == ("ready", 14, ["480p", "720p"])
    assert (first["bytes"], first["captions"]) == (6000, ["de", "en"])
    assert second["thumbnail_url"] == f"{base}/api/video/{second['id']}/thumbnail.jpg"
    assert (second["video_file"], second["status"], second["resolutions"]) == (None, "queued", [])
    assert (second["bytes"], second["original_bytes"]) == (0, 1000)


async def test_the_table_is_a_file_that_excel_understands(logged_in: Client, publish: Publish) -> None:
    await publish("=HYPERLINK(&quot;http://evil&quot;)")
    answer = await logged_in.get("/api/admin/library.csv")
    assert answer.content_type == "text/csv"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="videoflix-20')
    assert answer.headers["Content-Disposition"].endswith('.csv"')
    assert (await answer.read()).startswith(b"\xef\xbb\xbfid,created_at,title,")
    assert (await _exported(logged_in))[0]["title"] == '\'=HYPERLINK("http://evil")'


async def test_an_empty_library_is_a_table_as_well(logged_in: Client) -> None:
    assert await _exported(logged_in) == []
    assert await (await logged_in.get("/api/admin/library.json")).json() == []


async def test_a_long_library_comes_whole(
    logged_in: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "PAGE", 2)
    for count in range(1, 6):
        async with database.connection() as connection:
            await videos.insert(connection, f"Film {count}", "", "")
        assert [row["title"] for row in await _exported(logged_in)] == [f"Film {n}" for n in range(1, count + 1)]
        assert len(await (await logged_in.get("/api/admin/library.json")).json()) == count


async def test_what_comes_back_unchanged_changes_nothing(logged_in: Client, database: Database) -> None:
    odd = ["=1+1", "'quoted'", "&lt;b&gt;", "one\ntwo; three", "&eacute;", "Ελλάδα", "-", "x" * 200]
    async with database.connection() as connection:
        for title in odd:
            await videos.insert(connection, title, title, title[:100])
    before = await _texts(database)
    for name, headers in (("csv", CSV), ("json", JSON)):
        table = await (await logged_in.get(f"/api/admin/library.{name}")).read()
        told = await _brought(logged_in, table, "?dry_run=false", headers)
        assert told == {"dry_run": False, "changed": [], "unchanged": len(odd), "skipped": []}
    assert await _texts(database) == before


TABLE = "id;title;category;bytes\r\n{0};<b>Größe</b>;Drama;0\r\n99;Nobody;;\r\n{1};Alien;Drama;1\r\nx;;;\r\n"


async def test_a_dry_run_tells_what_would_change_and_changes_nothing(
    logged_in: Client, publish: Publish, database: Database
) -> None:
    first, second = await publish("&lt;i&gt;Heat"), await publish("Alien")
    before = await _texts(database)
    for query in ("", "?dry_run=true"):
        assert await _brought(logged_in, TABLE.format(first, second).encode("cp1252"), query) == {
            "dry_run": True,
            "changed": [{"id": first, "title": "<i>Heat", "fields": {"title": ["<i>Heat", "<b>Größe</b>"]}}],
            "unchanged": 1,
            "skipped": [
                {"line": 3, "detail": "There is no video 99."},
                {"line": 5, "detail": "The id is not a video id."},
            ],
        }
    assert await _texts(database) == before
    assert (await (await logged_in.get("/api/admin/audit/")).json())["total"] == 0


async def test_what_is_brought_in_is_stored_disarmed_and_written_down(
    logged_in: Client, publish: Publish, database: Database
) -> None:
    first, second = await publish("Heat"), await publish("Alien")
    dry = await _brought(logged_in, TABLE.format(first, second))
    told = await _brought(logged_in, TABLE.format(first, second), "?dry_run=false")
    assert told == {**dry, "dry_run": False}
    assert await _texts(database) == [
        ("&lt;b&gt;Größe&lt;/b&gt;", "What happens", "Drama"),
        ("Alien", "What happens", "Drama"),
    ]
    editing = await (await logged_in.get("/api/admin/audit/")).json()
    assert [(one["who"], one["action"], one["target"], one["label"], one["detail"]) for one in editing["items"]] == [
        (EMAIL, "video.edit", f"video:{first}", "Heat", {"title": ["Heat", "<b>Größe</b>"]})
    ]
    again = await _brought(logged_in, TABLE.format(first, second), "?dry_run=false")
    assert (again["changed"], again["unchanged"]) == ([], 2)


async def test_objects_are_brought_in_too(logged_in: Client, publish: Publish, database: Database) -> None:
    video_id = await publish("Heat")
    table = f'[{{"id": {video_id}, "description": "", "category": "=Crime", "created_at": "1970-01-01"}}]'
    told = await _brought(logged_in, table, "?dry_run=false", JSON)
    assert told["changed"][0]["fields"] == {"description": ["What happens", ""], "category": ["Drama", "=Crime"]}
    assert await _texts(database) == [("Heat", "", "=Crime")]


async def test_it_is_all_or_nothing(
    logged_in: Client, publish: Publish, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    video_id = await publish("Heat")
    async with database.connection() as connection:
        await connection.execute("ALTER TABLE audit RENAME TO lost")
    table = f"id,title\n{video_id},Alien\n".encode()
    answer = await logged_in.post("/api/admin/library/?dry_run=false", data=table, headers=CSV)
    assert answer.status == 500
    assert (await _texts(database))[0][0] == "Heat"


@pytest.mark.parametrize(
    ("query", "data", "headers", "status"),
    [
        ("", b"no table", CSV, 400),
        ("", b"", CSV, 400),
        ("", b"{}", JSON, 400),
        ("?dry_run=perhaps", b"id\n1\n", CSV, 400),
        ("", b"id\n1\n", {**CSV, "Content-Encoding": "gzip"}, 415),
        ("", b"id\n" + b"\n" * library.MAX_BYTES, CSV, 413),
    ],
)
async def test_what_cannot_be_a_table_is_refused(
    logged_in: Client, query: str, data: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await logged_in.post(f"/api/admin/library/{query}", data=io.BytesIO(data), headers=headers)
    assert answer.status == status
    assert (await answer.json())["detail"]


async def test_a_table_may_be_longer_than_other_requests(logged_in: Client, publish: Publish) -> None:
    table = f"id,title\n{await publish('Heat')},Alien\n" + "\n" * 2 * 1024 * 1024
    assert len((await _brought(logged_in, table))["changed"]) == 1


async def test_the_table_is_for_administrators(client: Client, make_user: MakeUser) -> None:
    await make_user("bob@example.org")
    await client.post("/api/login/", json={"email": "bob@example.org", "password": PASSWORD})
    assert (await client.get("/api/admin/library.csv")).status == 403
    assert (await client.get("/api/admin/library.json")).status == 403
    assert (await client.post("/api/admin/library/", data=b"id\n1\n", headers=CSV)).status == 403


async def test_a_table_says_who_sees_a_film(logged_in: Client, publish: Publish) -> None:
    films = [await publish(title) for title in ("Heat", "Alien", "Big")]
    group_id = (await (await logged_in.post("/api/admin/groups/", json={"name": "Club"})).json())["id"]
    audience = {"group_ids": [group_id], "min_age": 12, "is_draft": True, "visible_from": "2030-01-01T00:00:00Z"}
    await logged_in.patch(f"/api/admin/videos/{films[0]}/", json=audience)
    exported = await (await logged_in.get("/api/admin/library.csv")).read()
    again = await _brought(logged_in, exported, "?dry_run=false")
    assert (again["changed"], again["unchanged"], again["skipped"]) == ([], 3, [])
    table = (
        "id,title,group_ids,min_age,is_draft,visible_from\n"
        f"{films[0]},Heat,nobody,0,FALSE,\n"
        f"{films[1]},Aliens,{group_id},16,true,2031-01-01T00:00:00+01:00\n"
        f"{films[2]},Big,,0,false,\n"
    )
    for dry_run in ("true", "false"):
        told = await _brought(logged_in, table, f"?dry_run={dry_run}")
        assert [(one["id"], one["fields"]) for one in told["changed"]] == [
            (
                films[0],
                {
                    "groups": [["Club"], []],
                    "min_age": [12, 0],
                    "is_draft": [True, False],
                    "visible_from": ["2030-01-01T00:00:00Z", None],
                },
            ),
            (
                films[1],
                {
                    "title": ["Alien", "Aliens"],
                    "groups": [None, ["Club"]],
                    "min_age": [0, 16],
                    "is_draft": [False, True],
                    "visible_from": [None, "2030-12-31T23:00:00Z"],
                },
            ),
        ]
        assert [one["line"] for one in told["skipped"]] == [4]
    changed = await (await logged_in.get(f"/api/admin/videos/{films[0]}/")).json()
    assert (changed["group_ids"], changed["is_draft"], changed["visible_from"]) == ([], False, None)
    unknown = f"id,group_ids\n{films[0]},99\n".encode()
    assert (await logged_in.post("/api/admin/library/", data=unknown, headers=CSV)).status == 400
