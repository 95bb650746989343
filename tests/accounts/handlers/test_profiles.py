"""Profiles over the API: who is watching, and what the profile of a child may do."""

from typing import Any

import aiohttp

from tests.fixtures.app import Client
from tests.fixtures.services import EMAIL, PASSWORD
from videoflix.accounts.profiles import MAX_PROFILES, WRONG_PINS
from videoflix.db.pool import Database

CHILD = {"name": "Mia", "max_age": 6, "picture": "fox"}


async def _profiles(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await (await client.get("/api/me/profiles/")).json())["profiles"]
    return found


async def _add(client: Client, **values: Any) -> int:
    answer = await client.post("/api/me/profiles/", json={**CHILD, **values})
    assert answer.status == 201, await answer.text()
    profile_id: int = (await answer.json())["id"]
    return profile_id


async def _choose(client: Client, profile_id: int, **proof: str) -> int:
    return (await client.put("/api/me/profile/", json={"id": profile_id, **proof})).status


async def test_an_account_begins_with_one_profile(logged_in: Client) -> None:
    (first,) = await _profiles(logged_in)
    assert (first["name"], first["is_child"], first["current"], first["needs_pin"]) == (EMAIL, False, True, False)


async def test_a_profile_is_added_chosen_changed_and_deleted(logged_in: Client) -> None:
    mia = await _add(logged_in)
    assert await _choose(logged_in, mia) == 204
    assert [each["current"] for each in await _profiles(logged_in)] == [False, True]
    assert (await logged_in.patch("/api/me/profile/", json={"language": "de", "plays_on": False})).status == 204
    first = (await _profiles(logged_in))[0]["id"]
    assert await _choose(logged_in, first, password=PASSWORD) == 204
    assert (
        await logged_in.patch(f"/api/me/profiles/{mia}/", json={"name": " Mia  B. ", "max_age": 12})
    ).status == 204
    changed = (await _profiles(logged_in))[1]
    kept = {name: changed[name] for name in ("name", "max_age", "picture", "language", "plays_on")}
    assert kept == {"name": "Mia B.", "max_age": 12, "picture": "fox", "language": "de", "plays_on": False}
    assert (await logged_in.delete(f"/api/me/profiles/{mia}/", json={})).status == 204
    assert len(await _profiles(logged_in)) == 1


MALFORMED: list[tuple[dict[str, Any], str]] = [
    ({"name": " \u200b "}, "name"),
    ({"name": "x" * 81}, "name"),
    ({"picture": "../../etc/passwd"}, "picture"),
    ({"max_age": 7}, "max_age"),
    ({"max_age": -1}, "max_age"),
    ({"language": "xx"}, "language"),
    ({"pin": "123"}, "pin"),
    ({"pin": "123456789"}, "pin"),
    ({"pin": "١٢٣٤"}, "pin"),
    ({"pin": "12a4"}, "pin"),
]


async def test_a_malformed_profile_is_refused(logged_in: Client) -> None:
    for values, field in MALFORMED:
        answer = await logged_in.post("/api/me/profiles/", json={**CHILD, **values})
        assert (answer.status, list((await answer.json())["fields"])) == (400, [field]), values
    assert len(await _profiles(logged_in)) == 1


async def test_there_are_eight_profiles_at_most(logged_in: Client) -> None:
    for number in range(MAX_PROFILES - 1):
        await _add(logged_in, name=f"Child {number}")
    answer = await logged_in.post("/api/me/profiles/", json=CHILD)
    assert (answer.status, "maximum" in await answer.text()) == (400, True)
    assert len(await _profiles(logged_in)) == MAX_PROFILES


async def test_the_first_profile_stays_and_is_that_of_an_adult(logged_in: Client) -> None:
    (first,) = await _profiles(logged_in)
    assert (await logged_in.delete(f"/api/me/profiles/{first['id']}/", json={})).status == 400
    assert (await logged_in.patch(f"/api/me/profiles/{first['id']}/", json={"max_age": 6})).status == 400


async def test_profiles_of_others_do_not_exist(logged_in: Client, make_user: Any, database: Database) -> None:
    other = await make_user("other@example.org")
    async with database.connection() as connection:
        foreign = await connection.fetchval("SELECT id FROM profiles WHERE user_id = $1", other)
    assert await _choose(logged_in, foreign) == 404
    assert (await logged_in.patch(f"/api/me/profiles/{foreign}/", json={"name": "Mine"})).status == 404
    assert (await logged_in.delete(f"/api/me/profiles/{foreign}/", json={})).status == 404


async def test_a_pin_keeps_others_out(logged_in: Client) -> None:
    (first,) = await _profiles(logged_in)
    mia = await _add(logged_in)
    assert (await logged_in.patch(f"/api/me/profiles/{first['id']}/", json={"pin": "2580"})).status == 204
    assert await _choose(logged_in, mia) == 204
    for proof, status in (({}, 403), ({"pin": "0000"}, 400), ({"password": "wrong"}, 400), ({"pin": "2580"}, 204)):
        assert await _choose(logged_in, first["id"], **proof) == status


async def test_the_password_of_the_account_opens_every_profile(logged_in: Client) -> None:
    (first,) = await _profiles(logged_in)
    mia = await _add(logged_in)
    await logged_in.patch(f"/api/me/profiles/{first['id']}/", json={"pin": "2580"})
    assert await _choose(logged_in, mia) == 204
    assert await _choose(logged_in, first["id"], password=PASSWORD) == 204


async def test_a_child_needs_the_password_to_leave_for_a_profile_without_a_pin(logged_in: Client) -> None:
    (first,) = await _profiles(logged_in)
    younger, older = await _add(logged_in, max_age=6), await _add(logged_in, max_age=12)
    assert await _choose(logged_in, older) == 204
    assert await _choose(logged_in, younger) == 204
    assert await _choose(logged_in, older) == 403
    assert await _choose(logged_in, first["id"], pin="0000") == 403
    assert await _choose(logged_in, first["id"], password=PASSWORD) == 204


async def test_wrong_pins_are_limited(logged_in: Client) -> None:
    (first,) = await _profiles(logged_in)
    mia = await _add(logged_in)
    await logged_in.patch(f"/api/me/profiles/{first['id']}/", json={"pin": "2580"})
    await _choose(logged_in, mia)
    found = [await _choose(logged_in, first["id"], pin=f"{number:04}") for number in range(WRONG_PINS.count + 2)]
    assert found == [400] * WRONG_PINS.count + [429, 429]
    assert await _choose(logged_in, first["id"], pin="2580") == 429


async def test_another_profile_with_a_pin_is_only_changed_with_the_password(logged_in: Client) -> None:
    adult = await _add(logged_in, name="Ben", max_age=18, pin="1234")
    path = f"/api/me/profiles/{adult}/"
    assert (await logged_in.patch(path, json={"pin": None})).status == 403
    assert (await logged_in.patch(path, json={"pin": None, "password": "wrong"})).status == 400
    assert (await logged_in.delete(path, json={})).status == 403
    assert (await logged_in.patch(path, json={"pin": None, "password": PASSWORD})).status == 204
    assert (await _profiles(logged_in))[1]["has_pin"] is False


async def test_the_child_of_an_administrator_administrates_nothing(logged_in: Client) -> None:
    await _choose(logged_in, await _add(logged_in))
    assert (await logged_in.get("/admin/")).status == 403
    assert (await (await logged_in.get("/api/me/")).json())["is_staff"] is False


async def test_sessions_of_a_deleted_profile_end(logged_in: Client, client: Client) -> None:
    mia = await _add(logged_in)
    async with aiohttp.ClientSession(client.make_url("/"), cookie_jar=aiohttp.DummyCookieJar()) as tablet:
        answer = await tablet.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
        bearer = {"Authorization": f"Bearer {answer.cookies['access_token'].value}"}
        assert (await tablet.put("/api/me/profile/", json={"id": mia}, headers=bearer)).status == 204
        assert (await tablet.get("/api/video/", headers=bearer)).status == 200
        await logged_in.delete(f"/api/me/profiles/{mia}/", json={})
        assert (await tablet.get("/api/video/", headers=bearer)).status == 401


async def test_clients_of_the_contract_use_the_first_profile(client: Client, logged_in: Client) -> None:
    await _add(logged_in)
    await client.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
    assert [each["current"] for each in await _profiles(client)] == [True, False]
    assert (await client.get("/api/video/")).status == 200
