"""What is stored about an account, as its owner gets it."""

from datetime import datetime

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import EMAIL, PASSWORD
from videoflix.db.pool import Database

EXPORT = "/api/me/export/"


async def test_an_owner_gets_everything_without_secrets(
    logged_in: Client, publish: Publish, make_user: MakeUser, database: Database
) -> None:
    await make_user("bob@example.org")
    film = await publish("Alien &amp; us")
    await logged_in.put(f"/api/me/list/{film}/")
    await logged_in.put(f"/api/me/progress/{film}/", json={"position": 6, "duration": 14, "session": "x"})
    answer = await logged_in.get(EXPORT)
    assert answer.status == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    text = await answer.text()
    data = await answer.json()
    assert data["account"]["email"] == EMAIL
    (profile,) = data["profiles"]
    assert [(one["title"], one["position"]) for one in profile["films"]] == [("Alien & us", 6)]
    assert [one["title"] for one in profile["list"]] == ["Alien & us"]
    assert datetime.fromisoformat(data["sessions"][0]["created_at"]).tzinfo
    async with database.connection() as connection:
        password_hash = await connection.fetchval("SELECT password_hash FROM users LIMIT 1")
    assert password_hash not in text
    assert "bob@example.org" not in text


async def test_children_and_strangers_get_nothing(client: Client, make_user: MakeUser, database: Database) -> None:
    assert (await client.get(EXPORT)).status == 401
    await make_user()
    async with database.connection() as connection:
        await connection.execute("UPDATE profiles SET max_age = 6")
    await client.post("/api/login/", json={"email": "bob@example.org", "password": PASSWORD})
    assert (await client.get(EXPORT)).status == 403
