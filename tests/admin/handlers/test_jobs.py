"""The list of jobs that are running, waiting or failed."""

from typing import Any

import pytest

from tests.films import Films
from tests.fixtures.app import Client
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import PASSWORD
from videoflix.accounts.models import MailKind
from videoflix.accounts.queries import mails
from videoflix.db.pool import Database
from videoflix.library.metadata import escape_html
from videoflix.library.queries import videos

JOBS = "/api/admin/jobs/"


async def _job(database: Database, video_id: int, kind: str, number: int, state: str, **more: object) -> None:
    """A job of the newest version, with further columns as SQL."""
    if kind == "unit":
        more["frames"] = 150
    columns = "".join(f", {name}" for name in more)
    values = "".join(f", {value}" for value in more.values())
    async with database.connection() as connection:
        await connection.execute(
            f"INSERT INTO jobs (encode_id, kind, number, state{columns}) "  # noqa: S608
            f"SELECT id, $2, $3, $4{values} FROM encodes WHERE video_id = $1 ORDER BY version DESC LIMIT 1",
            *(video_id, kind, number, state),
        )


async def _list(client: Client, **query: object) -> dict[str, Any]:
    answer = await client.get(JOBS, params={name: str(value) for name, value in query.items()})
    assert answer.status == 200
    data: dict[str, Any] = await answer.json()
    return data


def _names(data: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(one["state"], one["kind"], one["number"]) for one in data["items"]]


ALIVE = {"claim": "gen_random_uuid()", "heartbeat_at": "now()"}
SILENT = {"claim": "gen_random_uuid()", "heartbeat_at": "now() - interval '1 minute'"}


async def test_unfinished_jobs_are_listed_and_counted(
    logged_in: Client, database: Database, publish: Publish
) -> None:
    film = await publish("Alien")
    await _job(database, film, "ingest", 0, "done")
    await _job(database, film, "unit", 0, "done")
    await _job(database, film, "unit", 1, "running", progress=0.4, speed=1.5, attempts=1, **ALIVE)
    await _job(database, film, "unit", 2, "running", **SILENT)
    await _job(database, film, "unit", 3, "queued", error="'disk full'", not_before="now() + interval '1 minute'")
    await _job(database, film, "unit", 4, "queued", wanted_at="now()")
    await _job(database, film, "captions", 2, "queued")
    await _job(database, film, "thumbnail", 0, "failed", error="'no thumbnail'", attempts=3)
    data = await _list(logged_in)
    assert data["counts"] == {"running": 1, "waiting": 4, "failed": 1}
    assert (data["total"], data["page"], data["per_page"]) == (6, 1, 25)
    assert _names(data) == [
        ("running", "unit", 1),
        ("failed", "thumbnail", 0),
        ("waiting", "captions", 2),  # short jobs come before units,
        ("waiting", "unit", 4),  # and units that a viewer waits for before others
        ("waiting", "unit", 2),
        ("waiting", "unit", 3),
    ]
    one = data["items"][0]
    assert one.pop("id") > 0
    assert one.pop("not_before").endswith("Z")
    assert one == {
        "kind": "unit",
        "number": 1,
        "video_id": film,
        "title": "Alien",
        "state": "running",
        "attempts": 1,
        "progress": 0.4,
        "speed": 1.5,
        "error": None,
    }
    assert [item["error"] for item in data["items"]] == [None, "no thumbnail", None, None, None, "disk full"]


async def test_jobs_are_grouped_by_film(
    logged_in: Client, database: Database, publish: Publish, make_user: MakeUser
) -> None:
    running, failed = await publish("Tom &amp; Jerry"), await publish("Heat")
    await _job(database, running, "unit", 0, "done")
    await _job(database, running, "unit", 1, "running", progress=0.5, speed=2.0, **ALIVE)
    await _job(database, running, "unit", 2, "queued")
    await _job(database, running, "audio", 0, "running", **ALIVE)
    await _job(database, running, "thumbnail", 0, "failed", error="'no thumbnail'")
    await _job(database, failed, "storyboard", 0, "failed", error="'no pictures'", attempts=3)
    bob = await make_user()
    async with database.connection() as connection:
        await mails.insert(connection, MailKind.RESET, bob, "en")
    answer = await logged_in.get(f"{JOBS}films/")
    data = await answer.json()
    assert (answer.status, data["total"]) == (200, 3)
    assert data["counts"] == {"running": 1, "waiting": 1, "failed": 1}
    rows = [(one["title"], one["state"], one["kinds"], one["error"]) for one in data["items"]]
    assert rows == [
        ("Tom & Jerry", "running", ["audio", "unit"], None),
        ("Heat", "failed", ["storyboard"], "no pictures"),
        ("bob@example.org", "waiting", ["reset"], None),
    ]
    first = data["items"][0]
    assert (first["units_done"], first["units_total"], first["progress"], first["speed"]) == (1, 3, 0.5, 2.0)
    assert first["left"] == pytest.approx(14 * 0.5 / 2)
    only = await (await logged_in.get(f"{JOBS}films/", params={"state": "failed"})).json()
    assert [one["title"] for one in only["items"]] == ["Heat"]
    assert only["total"] == 1


async def test_jobs_of_one_state_are_listed_page_by_page(
    logged_in: Client, database: Database, publish: Publish
) -> None:
    film = await publish()
    for number in range(5):
        await _job(database, film, "unit", number, "queued")
    await _job(database, film, "thumbnail", 0, "failed")
    data = await _list(logged_in, state="waiting", per_page=2, page=2)
    assert _names(data) == [("waiting", "unit", 2), ("waiting", "unit", 3)]
    assert (data["total"], data["page"], data["per_page"]) == (5, 2, 2)
    assert data["counts"] == {"running": 0, "waiting": 5, "failed": 1}
    beyond = await _list(logged_in, state="failed", page=7)
    assert (beyond["items"], beyond["total"]) == ([], 1)


async def test_without_jobs_the_list_is_empty(logged_in: Client) -> None:
    data = await _list(logged_in)
    assert (data["items"], data["total"]) == ([], 0)
    assert data["counts"] == {"running": 0, "waiting": 0, "failed": 0}


async def test_the_latest_failure_comes_first(logged_in: Client, database: Database, publish: Publish) -> None:
    film = await publish()
    for number in range(3):
        await _job(database, film, "audio", number, "failed", not_before=f"now() - interval '{number % 2} hours'")
    numbers = [one["number"] for one in (await _list(logged_in, state="failed"))["items"]]
    assert numbers == [2, 0, 1]


async def test_the_remaining_jobs_of_a_failed_film_are_not_waiting(
    logged_in: Client, database: Database, publish: Publish
) -> None:
    film = await publish()
    await _job(database, film, "unit", 0, "failed", error="'broken'")
    await _job(database, film, "unit", 1, "queued")
    async with database.connection() as connection:
        await connection.execute("UPDATE encodes SET state = 'failed'")
    assert _names(await _list(logged_in)) == [("failed", "unit", 0)]


async def test_waiting_and_failed_mails_are_listed(
    logged_in: Client, database: Database, make_user: MakeUser
) -> None:
    bob = await make_user("bob&copy@example.org")
    async with database.connection() as connection:
        for _ in range(3):
            await mails.insert(connection, MailKind.RESET, bob, "en")
        await mails.sent(connection, 1)
        await mails.fail(connection, 2, "SMTPConnectError: nobody there")
        await mails.insert_reset(connection, "nobody@example.org", "en")
    data = await _list(logged_in)
    assert data["counts"] == {"running": 0, "waiting": 1, "failed": 1}
    assert _names(data) == [("failed", "mail", 0), ("waiting", "mail", 0)]
    assert [one["id"] for one in data["items"]] == [2, 3]
    assert {one["title"] for one in data["items"]} == {"bob&copy@example.org"}
    assert data["items"][0]["error"] == "SMTPConnectError: nobody there"
    assert data["items"][0]["video_id"] is None


async def test_titles_are_not_escaped(logged_in: Client, database: Database, publish: Publish) -> None:
    film = await publish(escape_html("<b>Heat</b>", 100))
    await _job(database, film, "unit", 0, "queued")
    assert (await _list(logged_in))["items"][0]["title"] == "<b>Heat</b>"
    async with database.connection() as connection:
        await videos.remove(connection, film)
    assert (await _list(logged_in))["total"] == 0


async def test_the_jobs_of_a_ready_film_are_no_longer_listed(
    logged_in: Client, worker: None, bring: Bring, wait: Wait, films: Films
) -> None:
    video_id = await bring(films.make())
    await wait(video_id)
    data = await _list(logged_in)
    assert data["counts"]["failed"] == 0
    assert {one["kind"] for one in data["items"]} <= {"thumbnail", "storyboard"}  # they may still be running


@pytest.mark.parametrize("query", ["state=done", "page=0", "per_page=1000"])
async def test_invalid_parameters_are_refused(logged_in: Client, query: str) -> None:
    answer = await logged_in.get(f"{JOBS}?{query}")
    assert answer.status == 400
    assert set((await answer.json())["fields"]) == {query.partition("=")[0]}


async def test_only_administrators_have_access(client: Client, make_user: MakeUser) -> None:
    assert (await client.get(JOBS)).status == 401
    await make_user("bob@example.org")
    await client.post("/api/login/", json={"email": "bob@example.org", "password": PASSWORD})
    assert (await client.get(JOBS)).status == 403
