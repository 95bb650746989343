"""What is running, waits or has failed, and why."""

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


async def _told(client: Client, **query: object) -> dict[str, Any]:
    answer = await client.get(JOBS, params={name: str(value) for name, value in query.items()})
    assert answer.status == 200
    told: dict[str, Any] = await answer.json()
    return told


def _names(told: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(one["state"], one["kind"], one["number"]) for one in told["items"]]


LIVING = {"claim": "gen_random_uuid()", "heartbeat_at": "now()"}
SILENT = {"claim": "gen_random_uuid()", "heartbeat_at": "now() - interval '1 minute'"}


async def test_what_is_not_done_is_listed_and_counted(
    logged_in: Client, database: Database, publish: Publish
) -> None:
    film = await publish("Alien")
    await _job(database, film, "ingest", 0, "done")
    await _job(database, film, "unit", 0, "done")
    await _job(database, film, "unit", 1, "running", progress=0.4, speed=1.5, attempts=1, **LIVING)
    await _job(database, film, "unit", 2, "running", **SILENT)
    await _job(database, film, "unit", 3, "queued", error="'no room'", not_before="now() + interval '1 minute'")
    await _job(database, film, "unit", 4, "queued", wanted_at="now()")
    await _job(database, film, "captions", 2, "queued")
    await _job(database, film, "thumbnail", 0, "failed", error="'no picture'", attempts=3)
    told = await _told(logged_in)
    assert told["counts"] == {"running": 1, "waiting": 4, "failed": 1}
    assert (told["total"], told["page"], told["per_page"]) == (6, 1, 25)
    assert _names(told) == [
        ("running", "unit", 1),
        ("failed", "thumbnail", 0),
        ("waiting", "captions", 2),  # what is short goes before units,
        ("waiting", "unit", 4),  # and of those the one that somebody waits for
        ("waiting", "unit", 2),
        ("waiting", "unit", 3),
    ]
    one = told["items"][0]
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
    assert [item["error"] for item in told["items"]] == [None, "no picture", None, None, None, "no room"]


async def test_one_state_can_be_asked_for_page_by_page(
    logged_in: Client, database: Database, publish: Publish
) -> None:
    film = await publish()
    for number in range(5):
        await _job(database, film, "unit", number, "queued")
    await _job(database, film, "thumbnail", 0, "failed")
    told = await _told(logged_in, state="waiting", per_page=2, page=2)
    assert _names(told) == [("waiting", "unit", 2), ("waiting", "unit", 3)]
    assert (told["total"], told["page"], told["per_page"]) == (5, 2, 2)
    assert told["counts"] == {"running": 0, "waiting": 5, "failed": 1}
    beyond = await _told(logged_in, state="failed", page=7)
    assert (beyond["items"], beyond["total"]) == ([], 1)


async def test_without_work_the_list_is_empty(logged_in: Client) -> None:
    told = await _told(logged_in)
    assert (told["items"], told["total"]) == ([], 0)
    assert told["counts"] == {"running": 0, "waiting": 0, "failed": 0}


async def test_the_latest_failure_stands_first(logged_in: Client, database: Database, publish: Publish) -> None:
    film = await publish()
    for number in range(3):
        await _job(database, film, "audio", number, "failed", not_before=f"now() - interval '{number % 2} hours'")
    numbers = [one["number"] for one in (await _told(logged_in, state="failed"))["items"]]
    assert numbers == [2, 0, 1]


async def test_what_is_left_of_a_film_that_has_failed_does_not_wait(
    logged_in: Client, database: Database, publish: Publish
) -> None:
    film = await publish()
    await _job(database, film, "unit", 0, "failed", error="'bad luck'")
    await _job(database, film, "unit", 1, "queued")
    async with database.connection() as connection:
        await connection.execute("UPDATE encodes SET state = 'failed'")
    assert _names(await _told(logged_in)) == [("failed", "unit", 0)]


async def test_mails_that_wait_or_have_failed_are_among_them(
    logged_in: Client, database: Database, make_user: MakeUser
) -> None:
    bob = await make_user("bob&copy@example.org")
    async with database.connection() as connection:
        for _ in range(3):
            await mails.insert(connection, MailKind.RESET, bob)
        await mails.sent(connection, 1)
        await mails.fail(connection, 2, "SMTPConnectError: nobody there")
        await mails.insert_reset(connection, "nobody@example.org")
    told = await _told(logged_in)
    assert told["counts"] == {"running": 0, "waiting": 1, "failed": 1}
    assert _names(told) == [("failed", "mail", 0), ("waiting", "mail", 0)]
    assert [one["id"] for one in told["items"]] == [2, 3]
    assert {one["title"] for one in told["items"]} == {"bob&copy@example.org"}
    assert told["items"][0]["error"] == "SMTPConnectError: nobody there"
    assert told["items"][0]["video_id"] is None


async def test_titles_are_told_as_people_wrote_them(logged_in: Client, database: Database, publish: Publish) -> None:
    film = await publish(escape_html("<b>Heat</b>", 100))
    await _job(database, film, "unit", 0, "queued")
    assert (await _told(logged_in))["items"][0]["title"] == "<b>Heat</b>"
    async with database.connection() as connection:
        await videos.remove(connection, film)
    assert (await _told(logged_in))["total"] == 0


async def test_a_film_that_is_made_goes_through_the_list(
    logged_in: Client, worker: None, bring: Bring, wait: Wait, films: Films
) -> None:
    video_id = await bring(films.make())
    await wait(video_id)
    told = await _told(logged_in)
    assert told["counts"]["failed"] == 0
    assert {one["kind"] for one in told["items"]} <= {"thumbnail", "storyboard"}  # what is made beside it


@pytest.mark.parametrize("query", ["state=done", "page=0", "per_page=1000"])
async def test_a_question_that_makes_no_sense_is_refused(logged_in: Client, query: str) -> None:
    answer = await logged_in.get(f"{JOBS}?{query}")
    assert answer.status == 400
    assert set((await answer.json())["fields"]) == {query.partition("=")[0]}


async def test_it_is_for_administrators(client: Client, make_user: MakeUser) -> None:
    assert (await client.get(JOBS)).status == 401
    await make_user("bob@example.org")
    await client.post("/api/login/", json={"email": "bob@example.org", "password": PASSWORD})
    assert (await client.get(JOBS)).status == 403
