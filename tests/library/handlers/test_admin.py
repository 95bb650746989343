"""The table of all videos: what it tells, searching, sorting and paging it; and what is done to one of them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.films import Films
from tests.fixtures.app import Client
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.media import Media
from tests.fixtures.published import Publish
from tests.fixtures.services import EMAIL
from videoflix.db.pool import Database
from videoflix.library.adding import queue_encode
from videoflix.library.metadata import escape_html
from videoflix.library.models import Captions
from videoflix.library.queries import captions, encodes, videos
from videoflix.queue.queues import TRANSCODE, Queues

ALL = "/api/admin/videos/"
MARKUP = """<script>alert("1")</script> & 'more'"""


async def _told(client: Client, **query: str | int) -> dict[str, Any]:
    answer = await client.get(ALL, params=query)
    assert answer.status == 200
    told: dict[str, Any] = await answer.json()
    return told


async def _titles(client: Client, **query: str | int) -> list[str]:
    return [one["title"] for one in (await _told(client, **query))["items"]]


async def _set(database: Database, statement: str, *values: object) -> None:
    async with database.connection() as connection:
        await connection.execute(statement, *values)


async def _audit_entries(client: Client) -> list[tuple[str, str, dict[str, Any]]]:
    told = await (await client.get("/api/admin/audit/")).json()
    assert {one["who"] for one in told["items"]} <= {EMAIL}
    return [(one["action"], one["target"], one["detail"]) for one in told["items"]]


async def test_a_video_is_told_with_everything_about_it(
    logged_in: Client, publish: Publish, storage: Media, database: Database
) -> None:
    video_id = await publish("Alien", labels=(480, 720))
    await _set(database, "UPDATE videos SET original_bytes = 1000")
    told = await _told(logged_in)
    assert (told["total"], told["page"], told["per_page"]) == (1, 1, 25)
    assert told["categories"] == ["Drama"]
    (film,) = told["items"]
    size = sum(
        file.stat().st_size for label in (480, 720) for file in storage.rendition(video_id, 1, label).iterdir()
    )
    base = f"http://127.0.0.1:{logged_in.port}/api/video/{video_id}"
    created_at = film.pop("created_at")
    assert created_at.endswith("Z")
    assert film == {
        **{"id": video_id, "title": "Alien", "description": "What happens", "category": "Drama"},
        **{"thumbnail_url": f"{base}/thumbnail.jpg?v=1", "master_url": f"{base}/master.m3u8"},
        **{"status": "ready", "is_playable": True, "version": 1, "error": None, "thumbnail_error": None},
        **{"progress": 1.0, "speed": None, "left": None, "duration": 14.0, "resolutions": ["480p", "720p"]},
        **{"bytes": size + 1000, "original_bytes": 1000, "notes": []},
        **{"group_ids": None, "min_age": 0, "is_draft": False, "visible_from": None, "series": None},
    }
    detail = await (await logged_in.get(f"{ALL}{video_id}/")).json()
    assert detail == {**film, "created_at": created_at, "captions": []}


async def test_a_film_in_the_making_tells_how_far_it_is_and_what_can_be_watched_meanwhile(
    logged_in: Client, publish: Publish, database: Database
) -> None:
    video_id = await publish()
    async with database.transaction() as connection:
        await queue_encode(connection, video_id)
        encode_id = await encodes.newest(connection, video_id)
        await connection.execute(
            "UPDATE encodes SET state = 'encoding', duration = 40, notes = '{pale}' WHERE id = $1", encode_id
        )
        await connection.execute(
            "INSERT INTO jobs (encode_id, kind, number, frames, state, progress, speed, claim) VALUES"
            " ($1, 'unit', 0, 100, 'done', 1, NULL, NULL),"
            " ($1, 'unit', 1, 300, 'running', 0.5, 2, gen_random_uuid())",
            encode_id,
        )
    (film,) = (await _told(logged_in))["items"]
    assert (film["status"], film["is_playable"], film["duration"]) == ("encoding", True, 14)
    assert (film["progress"], film["speed"], film["left"]) == (0.625, 2, 7.5)
    assert (film["notes"], film["thumbnail_url"][-4:]) == (["pale"], "?v=1")


async def test_why_a_film_has_failed_is_told(
    logged_in: Client, bring: Bring, films: Films, database: Database
) -> None:
    video_id = await bring(films.make())
    await _set(database, "UPDATE encodes SET state = 'failed', error = 'bad luck'")
    (film,) = (await _told(logged_in, status="failed"))["items"]
    assert (film["error"], film["is_playable"], film["master_url"], film["duration"]) == (
        "bad luck",
        False,
        None,
        None,
    )
    assert film["thumbnail_url"].endswith(f"/api/video/{video_id}/thumbnail.jpg")
    assert await _titles(logged_in, status="ready") == []


async def test_a_video_without_any_encode_is_shown_as_one_that_has_failed(
    logged_in: Client, database: Database
) -> None:
    async with database.connection() as connection:
        await videos.insert(connection, "Lost", "", "")
    (film,) = (await _told(logged_in))["items"]
    assert (film["status"], film["version"], film["resolutions"], film["bytes"]) == ("failed", None, [], 0)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ALIEN", ["Alien"]),
        ("happens", ["100% Heat", "Alien"]),
        ("%", ["100% Heat"]),
        ("_", []),
        ("\\", []),
        ("'; DROP TABLE videos; --", []),
        ("<b>", ["<b>Bold</b>"]),
        ("nowhere", []),
    ],
)
async def test_titles_and_descriptions_are_searched_as_text(
    logged_in: Client, publish: Publish, database: Database, query: str, found: list[str]
) -> None:
    await publish("Alien")
    bold = await publish(escape_html("<b>Bold</b>", 100))
    await publish("100% Heat")
    await _set(database, "UPDATE videos SET description = '' WHERE id = $1", bold)
    assert sorted(await _titles(logged_in, q=query)) == sorted(found)


@pytest.mark.parametrize("query", ["uber grosse", "Über Größe", "überaus größen", "Übre Größen", "Überaus Grösens"])
async def test_accents_and_typos_are_forgiven_also_for_films_that_cannot_be_played(
    logged_in: Client, publish: Publish, database: Database, query: str
) -> None:
    await publish("Alien")
    film = await publish("Überaus Größen")
    await _set(database, "UPDATE encodes SET state = 'failed' WHERE video_id = $1", film)
    assert await _titles(logged_in, q=query) == ["Überaus Größen"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", "caB"),
        ("created_at", "Bac"),
        ("title", "aBc"),
        ("-title", "cBa"),
        ("category", "Bca"),
        ("-category", "acB"),
        ("duration", "acB"),  # of B it is not known
        ("-duration", "caB"),
        ("bytes", "cBa"),
        ("-bytes", "aBc"),
        ("status", "acB"),  # of equal ones the newest comes first
        ("-status", "cBa"),
    ],
)
async def test_the_table_can_be_sorted(
    logged_in: Client, publish: Publish, database: Database, sort: str, order: str
) -> None:
    for title, category, created_at, size, duration, state in (
        ("a", "Zoo", "2026-01-02", 900_000, 3.0, "encoding"),
        ("B", "action", "2026-01-01", 800_000, None, "ready"),
        ("c", "Drama", "2026-01-03", None, 4.0, "ready"),
    ):
        video_id = await publish(title, labels=(480,))
        await _set(
            database,
            "UPDATE videos SET category = $2, created_at = $3::text::timestamptz, original_bytes = $4 WHERE id = $1",
            *(video_id, category, created_at, size),
        )
        await _set(
            database, "UPDATE encodes SET duration = $2, state = $3 WHERE video_id = $1", video_id, duration, state
        )
    assert "".join(await _titles(logged_in, sort=sort)) == order


async def test_category_and_days_narrow_it_down(logged_in: Client, publish: Publish, database: Database) -> None:
    for day, category in (("2026-01-01", "Drama"), ("2026-01-02", escape_html(MARKUP, 100)), ("2026-01-03", "Drama")):
        video_id = await publish(day)
        await _set(
            database,
            "UPDATE videos SET category = $2, created_at = ($3 || ' 23:59:59+00')::timestamptz WHERE id = $1",
            *(video_id, category, day),
        )
    assert await _titles(logged_in, category="Drama") == ["2026-01-03", "2026-01-01"]
    assert await _titles(logged_in, category=MARKUP) == ["2026-01-02"]
    assert set((await _told(logged_in, category="Drama"))["categories"]) == {MARKUP, "Drama"}
    assert await _titles(logged_in, **{"from": "2026-01-02"}) == ["2026-01-03", "2026-01-02"]
    assert await _titles(logged_in, to="2026-01-02") == ["2026-01-02", "2026-01-01"]
    assert await _titles(logged_in, **{"from": "2026-01-02", "to": "2026-01-02"}) == ["2026-01-02"]


async def test_pages_and_how_many_there_are_also_behind_the_last_page(logged_in: Client, publish: Publish) -> None:
    for number in range(5):
        await publish(f"Film {number}", labels=(480,))
    told = await _told(logged_in, page=2, per_page=2)
    assert [one["title"] for one in told["items"]] == ["Film 2", "Film 1"]
    assert (told["total"], told["page"], told["per_page"]) == (5, 2, 2)
    behind = await _told(logged_in, page=9, per_page=2)
    assert (behind["items"], behind["total"]) == ([], 5)


@pytest.mark.parametrize(
    "query",
    [
        *("sort=bytes;DROP", "sort=--title", "status=done", "from=yesterday", "to=2026-02-30", "from=0001-01-01"),
        *("to=20260101", "from=%D9%A2026-01-01", "page=0", "category=" + 201 * "x"),
    ],
)
async def test_what_cannot_be_asked_is_refused(logged_in: Client, query: str) -> None:
    answer = await logged_in.get(f"{ALL}?{query}")
    assert answer.status == 400
    assert set((await answer.json())["fields"]) == {query.partition("=")[0]}


async def test_words_are_changed_in_place_and_markup_is_kept_harmless(
    logged_in: Client, publish: Publish, database: Database
) -> None:
    video_id = await publish("Alien")
    answer = await logged_in.patch(f"{ALL}{video_id}/", json={"title": "  Aliens ", "category": MARKUP})
    film = await answer.json()
    assert (answer.status, film["title"], film["description"]) == (200, "Aliens", "What happens")
    assert film["category"] == MARKUP
    (shown,) = await (await logged_in.get("/api/video/")).json()
    assert shown["category"] == escape_html(MARKUP, 100)
    assert not set("<>\"'") & set(shown["category"])
    assert (await _told(logged_in, category=MARKUP))["total"] == 1
    changes = {"title": ["Alien", "Aliens"], "category": ["Drama", MARKUP]}
    assert await _audit_entries(logged_in) == [("video.edit", f"video:{video_id}", changes)]
    assert (await logged_in.patch(f"{ALL}{video_id}/", json={"title": "Aliens"})).status == 200
    assert len(await _audit_entries(logged_in)) == 1


@pytest.mark.parametrize(
    "body", ['{"title": " "}', '{"title": "\\u0007"}', '{"title": 7}', "[]", "", '{"title": "\\u0000x"}']
)
async def test_a_video_keeps_a_title(logged_in: Client, publish: Publish, body: str) -> None:
    video_id = await publish("Alien")
    headers = {"Content-Type": "application/json"}
    assert (await logged_in.patch(f"{ALL}{video_id}/", data=body, headers=headers)).status == 400
    assert await _titles(logged_in) == ["Alien"]


async def test_a_video_is_deleted_with_its_files_and_forgotten_at_once(
    logged_in: Client, publish: Publish, storage: Media, database: Database
) -> None:
    video_id, other = await publish("Alien"), await publish("Heat")
    storage.original(video_id).write_bytes(b"film")
    segment = f"/api/video/{video_id}/480p/000.ts"
    assert (await logged_in.get(segment)).status == 200
    answer = await logged_in.delete(f"{ALL}{video_id}/")
    assert (answer.status, await answer.read()) == (204, b"")
    assert not storage.film(video_id).exists()
    assert not storage.original(video_id).exists()
    async with asyncio.timeout(3):
        while (await logged_in.get(segment)).status != 404:
            await asyncio.sleep(0.01)
    assert await _titles(logged_in) == ["Heat"]
    assert storage.film(other).exists()
    assert await _audit_entries(logged_in) == [("video.delete", f"video:{video_id}", {})]
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM encodes") == 1


async def test_a_film_is_deleted_while_it_is_made(
    logged_in: Client, worker: None, bring: Bring, wait: Wait, long_film: Path, storage: Media
) -> None:
    video_id = await bring(long_film)
    await wait(video_id, lambda now: now.units_total > 0)
    assert (await logged_in.delete(f"{ALL}{video_id}/")).status == 204
    async with asyncio.timeout(30):  # what a worker was about to publish goes as well
        while storage.film(video_id).exists() or any((storage.root / "staging").iterdir()):
            await asyncio.sleep(0.05)
    assert not storage.original(video_id).exists()
    assert (await logged_in.get(f"{ALL}{video_id}/")).status == 404


async def test_a_film_is_made_anew_once_and_the_worker_hears_of_it(
    logged_in: Client, publish: Publish, storage: Media, queues: Queues
) -> None:
    video_id = await publish()
    path = f"{ALL}{video_id}/encode/"
    answer = await logged_in.post(path)
    assert (answer.status, "original" in (await answer.json())["detail"]) == (409, True)
    storage.original(video_id).write_bytes(b"film")
    answers = await asyncio.gather(*(logged_in.post(path) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [202, 409, 409, 409]
    assert await queues[TRANSCODE].count("queued") == 1
    film = await (await logged_in.get(f"{ALL}{video_id}/")).json()
    assert (film["status"], film["is_playable"], film["version"]) == ("queued", True, 1)
    assert await _audit_entries(logged_in) == [("video.encode", f"video:{video_id}", {})]


async def test_an_original_that_was_given_up_is_a_conflict(
    logged_in: Client, publish: Publish, database: Database
) -> None:
    video_id = await publish()
    await _set(database, "UPDATE videos SET original_bytes = NULL")
    answer = await logged_in.post(f"{ALL}{video_id}/encode/")
    assert (answer.status, "upload it again" in (await answer.json())["detail"]) == (409, True)


async def test_the_detail_names_the_subtitles_of_what_is_served(
    logged_in: Client, publish: Publish, database: Database
) -> None:
    video_id = await publish()
    await publish(video_id=video_id, version=2)
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT id FROM encodes ORDER BY version")
        for encode_id, language in ((None, "de"), (rows[0][0], "fr"), (rows[1][0], "en")):
            one = Captions(language=language, name=language.upper(), text="WEBVTT\n")
            await captions.insert(connection, video_id, one, encode_id=encode_id, place=encode_id and 0)
    film = await (await logged_in.get(f"{ALL}{video_id}/")).json()
    assert [(one["language"], one["name"]) for one in film["captions"]] == [("de", "DE"), ("en", "EN")]


@pytest.mark.parametrize("number", ["7", "0", "-1", "x", "1" * 30, "%00"])
async def test_unknown_videos_are_404(logged_in: Client, number: str) -> None:
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "retry/"), ("POST", "encode/")):
        answer = await logged_in.request(method, f"{ALL}{number}/{path}")
        assert answer.status == 404
        assert isinstance((await answer.json())["detail"], str)
    assert (await logged_in.patch(f"{ALL}{number}/", json={"title": "x"})).status == 404
