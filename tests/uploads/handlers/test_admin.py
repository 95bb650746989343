"""What the pages see of uploads, and say of them."""

import pytest

from tests.fixtures.app import Client
from tests.fixtures.tus import UPLOADS, Begin, Send
from videoflix.db.pool import Database


async def test_uploads_are_listed_newest_first(logged_in: Client, begin: Begin, send: Send, film: bytes) -> None:
    first, second = await begin(len(film), filename="One.mp4"), await begin(len(film), filename="Two.mp4")
    await send(first, 0, film)
    await send(second, 0, film[:5000])
    told = await (await logged_in.get(UPLOADS)).json()
    assert (told["total"], told["page"]) == (2, 1)
    two, one = told["items"]
    assert (one["title"], one["state"], one["offset"], one["expires_at"]) == ("One", "done", len(film), None)
    assert one["video_id"]
    assert (two["title"], two["state"], two["offset"], two["length"]) == ("Two", "receiving", 5000, len(film))
    assert (two["id"], two["filename"]) == (second.split("/")[-2], "Two.mp4")
    assert (two["category"], two["video_id"], two["detail"]) == ("Other", None, None)
    assert two["created_at"] < two["expires_at"]
    assert await (await logged_in.get(second)).json() == two
    page = await (await logged_in.get(UPLOADS, params={"per_page": 1, "page": 2})).json()
    assert [item["id"] for item in page["items"]] == [one["id"]]


async def test_what_a_film_is_about_is_said_while_it_comes_in_and_afterwards(
    logged_in: Client, begin: Begin, send: Send, film: bytes
) -> None:
    address = await begin(len(film))
    await send(address, 0, film[:5000])
    answer = await logged_in.put(
        address + "metadata/", json={"title": "Heat <1995>", "category": "Crime", "description": "L.A."}
    )
    assert answer.status == 200
    told = await answer.json()
    assert (told["title"], told["category"], told["description"]) == ("Heat <1995>", "Crime", "L.A.")
    await send(address, 5000, film[5000:])
    video_id = (await (await logged_in.get(address)).json())["video_id"]
    video = await (await logged_in.get(f"/api/video/{video_id}/")).json()
    assert (video["title"], video["category"], video["description"]) == ("Heat &lt;1995&gt;", "Crime", "L.A.")
    assert (await logged_in.put(address + "metadata/", json={"title": "Heat"})).status == 200
    video = await (await logged_in.get(f"/api/video/{video_id}/")).json()
    assert (video["title"], video["category"]) == ("Heat", "Crime")
    deeds = (await (await logged_in.get("/api/admin/audit/")).json())["items"]
    assert [deed["action"] for deed in deeds] == ["video.edit", "video.add", "upload.edit", "upload.begin"]
    assert deeds[0]["detail"] == {"title": ["Heat <1995>", "Heat"]}
    assert deeds[2]["detail"] == {
        "title": ["film", "Heat <1995>"],
        "description": ["", "L.A."],
        "category": ["Other", "Crime"],
    }


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"title": " "}', 400),
        (b'{"title": 7}', 400),
        (b"no JSON", 400),
        (b'{"title": "\\u0000"}', 400),
        (b"{}", 200),
    ],
)
async def test_a_film_keeps_a_title(logged_in: Client, begin: Begin, body: bytes, status: int) -> None:
    address = await begin(1000)
    answer = await logged_in.put(address + "metadata/", data=body)
    assert answer.status == status
    assert (await (await logged_in.get(address)).json())["title"] == "film"


async def test_of_what_is_not_there_nothing_is_said(
    logged_in: Client, begin: Begin, send: Send, database: Database
) -> None:
    for unknown in ("7", "x", "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-00000000000²"):
        assert (await logged_in.get(f"{UPLOADS}{unknown}/")).status == 404
        assert (await logged_in.put(f"{UPLOADS}{unknown}/metadata/", json={"title": "x"})).status == 404
    address = await begin(1000)
    await logged_in.delete(address)
    assert (await logged_in.put(address + "metadata/", json={"title": "x"})).status == 410


async def test_episodes_go_into_their_series_and_drafts_stay_hidden(
    logged_in: Client, begin: Begin, send: Send, film: bytes, database: Database
) -> None:
    for number, fields in enumerate(
        (
            {"filename": "E02.mkv", "path": "Show/Season 1/E02.mkv"},
            {"filename": "show.s01e01.1080p.mkv"},
            {"filename": "Show S01E03.mkv", "title": "The End"},
            {"filename": "Apollo 13.mkv", "path": "../Films/Apollo 13.mkv", "draft": "yes"},
        )
    ):
        body = film + bytes(number)  # films that differ
        await send(await begin(len(body), **fields), 0, body)
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT s.title AS series, season, episode, v.title, v.is_draft "
            "FROM videos v LEFT JOIN series s ON s.id = v.series_id ORDER BY s.id, place"
        )
    assert [tuple(row) for row in rows] == [
        ("Show", 1, 1, "show S01E01", False),
        ("Show", 1, 2, "Show S01E02", False),
        ("Show", 1, 3, "The End", False),
        (None, None, None, "Apollo 13", True),
    ]
