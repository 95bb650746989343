"""Logging a television in on the pages, without scripts."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from aiohttp import ClientSession, CookieJar

from tests.fixtures.app import Client
from tests.fixtures.published import Publish
from tests.pages.documents import HTML, read
from videoflix.accounts.resources import KEYRING
from videoflix.db.pool import Database


async def test_the_television_shows_a_code_and_is_logged_in(logged_in: Client) -> None:
    agent = {"User-Agent": "Mozilla/5.0 (Web0S; Linux/SmartTV) Chrome/120.0"}
    async with ClientSession(logged_in.make_url("/"), cookie_jar=CookieJar(unsafe=True), headers=agent) as television:
        document = await read(await television.get("/pair/"))
        found = re.search("[B-Z]{4}-[B-Z]{4}", document.text)
        assert found
        assert document.all("svg")
        waiting = await television.post("/pair/", data=document.fields)
        assert (waiting.status, "was not confirmed yet" in (await read(waiting)).text) == (200, True)
        question = await read(await logged_in.get("/connect/", params={"code": found[0].lower()}))
        assert "Chrome on LG TV" in question.text
        assert found[0] in question.text
        form = {**question.fields, "answer": "allow"}
        answer = await logged_in.post("/connect/", data=form)
        assert "The television is logged in" in (await read(answer)).text
        opened = await television.post("/pair/", data=document.fields, allow_redirects=False)
        assert (opened.status, opened.headers["Location"]) == (303, "/")
        assert (await television.get("/api/me/")).status == 200
        again = await television.get("/pair/", allow_redirects=False)
        assert (again.status, again.headers["Location"]) == (303, "/")


async def test_a_refused_television_can_show_another_code(client: Client, admin: int, logged_in: Client) -> None:
    async with ClientSession(client.make_url("/"), cookie_jar=CookieJar(unsafe=True)) as television:
        document = await read(await television.get("/pair/"))
        found = re.search("[B-Z]{4}-[B-Z]{4}", document.text)
        assert found
        answer = await logged_in.post("/connect/", data={"code": found[0], "answer": "refuse"})
        assert "was refused" in (await read(answer)).text
        refused = await television.post("/pair/", data=document.fields)
        assert (refused.status, "/pair/" in (await read(refused)).links) == (400, True)
        assert (await television.post("/pair/", data={"device_code": "gone"})).status == 400


async def test_a_guest_can_log_in_with_an_account(client: Client, database: Database, publish: Publish) -> None:
    film, session_id = await publish(), uuid4()
    async with database.connection() as connection:
        await connection.execute(
            """
            WITH link AS (
                INSERT INTO guest_links (hash, video_id, max_uses, expires_at)
                VALUES ('', $2, 1, now() + interval '1 day') RETURNING id
            )
            INSERT INTO sessions (id, guest_link_id, expires_at, user_agent, address)
            SELECT $1, id, now() + interval '1 hour', '', '' FROM link""",
            session_id,
            film,
        )
    token = client.app[KEYRING].issue("access", 0, session_id, datetime.now(UTC), 3600)
    shown = await client.get("/pair/", headers={"Cookie": f"access_token={token}"}, allow_redirects=False)
    assert (shown.status, (await read(shown)).headings[0]) == (200, "Log in with your phone")


async def test_the_phone_has_to_be_logged_in_first(client: Client, admin: int) -> None:
    answer = await client.get("/connect/?code=BCDF-GHJK", headers=HTML, allow_redirects=False)
    assert answer.status == 303
    assert answer.headers["Location"] == "/login/?next=/connect/%3Fcode%3DBCDF-GHJK"


@pytest.mark.parametrize("code", ["BCDF-GHJK", "<b>", "x" * 5000])
async def test_an_unknown_code_is_reported(logged_in: Client, code: str) -> None:
    answer = await logged_in.get("/connect/", params={"code": code})
    document = await read(answer)
    assert (answer.status, "wrong or has expired" in document.text) == (400, True)
    assert document.fields["code"] == code


async def test_only_the_answers_of_the_form_are_accepted(logged_in: Client) -> None:
    form = {"code": "BCDF-GHJK", "answer": "perhaps"}
    assert (await logged_in.post("/connect/", data=form, headers=HTML)).status == 400
