"""The second factor of an account: its set-up, logins with it, and how it is removed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientResponse

from tests.accounts.authenticator import PATH, Authenticator, code_of, forget_steps
from tests.fixtures.app import Client
from tests.fixtures.commands import Run
from tests.fixtures.published import MakeUser
from tests.fixtures.services import EMAIL, PASSWORD
from tests.pages.documents import HTML, read
from videoflix.accounts.models import MailKind
from videoflix.accounts.queries import mails
from videoflix.accounts.tokens import encode_uid, mail_token_hash, new_mail_token
from videoflix.app import create_app
from videoflix.db.pool import Database
from videoflix.settings import Settings

LOGIN = {"email": EMAIL, "password": PASSWORD}
WRONG = "000000"


@pytest.fixture
async def app(logged_in: Client) -> Authenticator:
    return await Authenticator.set_up(logged_in)


async def _log_in(client: Client, **more: Any) -> ClientResponse:
    return await client.post("/api/login/", json={**LOGIN, **more})


async def _detail(answer: ClientResponse) -> str:
    detail: str = (await answer.json())["detail"]
    return detail


async def _stored(database: Database) -> int:
    async with database.connection() as connection:
        count: int = await connection.fetchval(
            "SELECT (SELECT count(*) FROM second_factors) + (SELECT count(*) FROM recovery_codes)"
        )
    return count


async def test_it_is_off_until_a_code_confirms_it(logged_in: Client) -> None:
    assert await (await logged_in.get(PATH)).json() == {"enabled": False, "confirmed_at": None, "recovery_codes": 0}
    started = await logged_in.post(PATH, json={"password": PASSWORD})
    body = await started.json()
    assert (started.status, set(body)) == (201, {"secret", "address"})
    assert (await _log_in(logged_in)).status == 200
    confirmed = await logged_in.post(f"{PATH}confirm/", json={"code": code_of(body["secret"])})
    assert confirmed.status == 200
    assert len((await confirmed.json())["recovery_codes"]) == 10
    shown = await (await logged_in.get(PATH)).json()
    assert (shown["enabled"], shown["recovery_codes"]) == (True, 10)


async def test_the_set_up_needs_the_password_and_a_right_code(logged_in: Client, database: Database) -> None:
    assert (await logged_in.post(PATH, json={"password": "wrong"})).status == 400
    assert await _detail(await logged_in.post(f"{PATH}confirm/", json={"code": WRONG})) == (
        "The set-up took too long. Please start it again."
    )
    secret = (await (await logged_in.post(PATH, json={"password": PASSWORD})).json())["secret"]
    wrong = await logged_in.post(f"{PATH}confirm/", json={"code": WRONG})
    assert (wrong.status, "The code is wrong" in await _detail(wrong)) == (400, True)
    late = await logged_in.post(f"{PATH}confirm/", json={"code": code_of(secret, 180)})
    assert (late.status, "The clock of your device" in await _detail(late)) == (400, True)
    async with database.connection() as connection:
        await connection.execute("UPDATE second_factors SET started_at = now() - interval '16 minutes'")
    assert (await logged_in.post(f"{PATH}confirm/", json={"code": code_of(secret)})).status == 400


async def test_it_is_not_set_up_twice(logged_in: Client, app: Authenticator) -> None:
    assert (await logged_in.post(PATH, json={"password": PASSWORD})).status == 409
    assert (await logged_in.post(f"{PATH}confirm/", json={"code": app.code()})).status == 400
    assert (await _log_in(logged_in, code=app.code())).status == 200


async def test_the_login_says_what_is_missing(client: Client, app: Authenticator) -> None:
    missing = await _log_in(client)
    assert (missing.status, "Set-Cookie" in missing.headers) == (401, False)
    assert await _detail(missing) == "Please send the code of your authenticator app as well."
    wrong = await _log_in(client, code=WRONG)
    assert (wrong.status, "The code is wrong" in await _detail(wrong)) == (401, True)
    right = await _log_in(client, code=app.code())
    assert (right.status, set(right.cookies)) == (200, {"access_token", "refresh_token", "csrftoken"})


async def test_a_wrong_password_does_not_tell_that_there_is_a_second_factor(
    client: Client, app: Authenticator, make_user: MakeUser
) -> None:
    await make_user("bob@example.org")
    texts = set()
    for email in (EMAIL, "bob@example.org", "nobody@example.org"):
        for code in (None, WRONG, app.code()):
            answer = await client.post("/api/login/", json={"email": email, "password": "wrong", "code": code})
            texts.add((answer.status, await answer.text()))
    assert len(texts) == 1


async def test_a_code_works_once(client: Client, app: Authenticator, database: Database) -> None:
    answers = await asyncio.gather(*(_log_in(client, code=app.code()) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [200, 401, 401, 401, 401]
    assert (await _log_in(client, code=app.code(0))).status == 401  # that of the set-up, which is older


@pytest.mark.parametrize(("seconds", "status"), [(-30, 200), (30, 200), (-90, 401), (90, 401)])
async def test_a_clock_may_be_one_step_off(
    client: Client, app: Authenticator, database: Database, seconds: int, status: int
) -> None:
    await forget_steps(database)
    assert (await _log_in(client, code=app.code(seconds))).status == status


async def test_a_recovery_code_works_once(client: Client, app: Authenticator) -> None:
    code = app.recovery_codes[0]
    answers = await asyncio.gather(*(_log_in(client, code=code.lower().replace("-", " ")) for _ in range(3)))
    assert sorted(answer.status for answer in answers) == [200, 401, 401]
    assert (await (await client.get(PATH)).json())["recovery_codes"] == 9


async def test_recovery_codes_are_hashed(client: Client, app: Authenticator, database: Database) -> None:
    async with database.connection() as connection:
        stored = await connection.fetch("SELECT hash FROM recovery_codes")
    assert len(stored) == 10
    for code in app.recovery_codes:
        assert not any(
            code.encode() in row["hash"] or code.replace("-", "").encode() in row["hash"] for row in stored
        )


async def test_new_recovery_codes_replace_the_old_ones(logged_in: Client, app: Authenticator) -> None:
    for body, status in (
        ({"password": "wrong", "code": app.code()}, 400),
        ({"password": PASSWORD, "code": WRONG}, 400),
        ({"password": PASSWORD}, 400),
    ):
        assert (await logged_in.post(f"{PATH}recovery-codes/", json=body)).status == status
    renewed = await logged_in.post(f"{PATH}recovery-codes/", json={"password": PASSWORD, "code": app.code()})
    created = (await renewed.json())["recovery_codes"]
    assert (renewed.status, len(created), set(created) & set(app.recovery_codes)) == (200, 10, set())
    assert (await _log_in(logged_in, code=app.recovery_codes[0])).status == 401
    assert (await _log_in(logged_in, code=created[0])).status == 200


async def test_turning_it_off_needs_both_factors(logged_in: Client, app: Authenticator, database: Database) -> None:
    for body in ({"password": PASSWORD, "code": WRONG}, {"password": "wrong", "code": app.code()}):
        assert (await logged_in.delete(PATH, json=body)).status == 400
    assert (await logged_in.delete(PATH, json={"password": PASSWORD, "code": app.code()})).status == 200
    assert (await _log_in(logged_in)).status == 200
    assert await _stored(database) == 0
    assert (await logged_in.delete(PATH, json={"password": PASSWORD, "code": app.code()})).status == 404


async def test_wrong_codes_are_limited_by_account(client: Client, app: Authenticator, make_user: MakeUser) -> None:
    statuses = [(await _log_in(client, code=WRONG)).status for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    limited = await _log_in(client, code=app.code())
    assert (limited.status, int(limited.headers["Retry-After"]) > 0) == (429, True)
    await make_user("bob@example.org")
    assert (await client.post("/api/login/", json={**LOGIN, "email": "bob@example.org"})).status == 200


async def test_a_new_password_by_mail_does_not_bypass_it(
    client: Client, app: Authenticator, admin: int, database: Database
) -> None:
    token, new = new_mail_token(), "anothersecurepassword"
    async with database.connection() as connection:
        await mails.insert_token(connection, mail_token_hash(token), admin, MailKind.RESET, 60)
    answer = await client.post(
        f"/api/password_confirm/{encode_uid(admin)}/{token}/", json={"new_password": new, "confirm_password": new}
    )
    assert (answer.status, "Set-Cookie" in answer.headers) == (200, False)
    assert (await _log_in(client, password=new)).status == 401
    assert (await _log_in(client, password=new, code=app.code())).status == 200


async def test_administrators_remove_that_of_a_member(
    logged_in: Client, make_user: MakeUser, database: Database
) -> None:
    bob, user_id = {"email": "bob@example.org", "password": PASSWORD}, await make_user()
    await logged_in.post("/api/login/", json=bob)
    await Authenticator.set_up(logged_in)
    path = f"/api/admin/users/{user_id}/second-factor/"
    assert (await logged_in.delete(path)).status == 403
    assert (await logged_in.post("/api/login/", json=LOGIN)).status == 200
    listed = (await (await logged_in.get("/api/admin/users/", params={"q": "bob"})).json())["items"]
    assert [account["has_second_factor"] for account in listed] == [True]
    assert (await logged_in.delete(path)).status == 204
    assert (await logged_in.delete(path)).status == 404
    assert await _stored(database) == 0
    assert (await logged_in.post("/api/login/", json=bob)).status == 200
    async with database.connection() as connection:
        entries = await connection.fetch("SELECT action, target, label FROM audit")
    assert [tuple(entry) for entry in entries] == [
        ("user.remove_second_factor", f"user:{user_id}", "bob@example.org")
    ]


async def test_a_command_on_the_server_removes_that_of_the_last_administrator(
    client: Client, app: Authenticator, run: Run, database: Database
) -> None:
    done = run("remove-second-factor", EMAIL.upper())
    assert (done.returncode, done.stdout) == (0, f"{EMAIL} can log in with the password alone\n")
    assert (await _log_in(client)).status == 200
    again, unknown = run("remove-second-factor", EMAIL), run("remove-second-factor", "nobody@example.org")
    assert (again.returncode, "has no second factor" in again.stderr) == (1, True)
    assert (unknown.returncode, "no account" in unknown.stderr) == (1, True)
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT action FROM audit") == "user.remove_second_factor"


async def test_administrators_can_be_obliged_to_it(
    settings: Settings, aiohttp_client: Callable[..., Awaitable[Client]], admin: int
) -> None:
    client = await aiohttp_client(create_app(replace(settings, require_second_factor=True)))
    assert (await _log_in(client)).status == 200
    refused = await client.get("/api/admin/users/")
    assert (refused.status, "need a second factor" in await _detail(refused)) == (403, True)
    assert (await client.get("/metrics")).status == 403
    for path in ("/admin/", "/admin/queues/"):
        led = await client.get(path, headers=HTML, allow_redirects=False)
        assert (led.status, led.headers["Location"]) == (303, "/account/security/")
    assert "need a second factor" in (await read(await client.get("/account/security/"))).text
    assert (await client.get("/api/me/")).status == 200
    await Authenticator.set_up(client)
    assert (await client.get("/api/admin/users/")).status == 200
    assert (await client.get("/admin/", headers=HTML, allow_redirects=False)).status == 200


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("POST", ""), ("DELETE", ""), ("POST", "confirm/"), ("POST", "recovery-codes/")]
)
async def test_routes_of_the_second_factor_need_a_login(client: Client, method: str, path: str) -> None:
    assert (await client.request(method, PATH + path, json={})).status == 401


@pytest.mark.parametrize("body", [{"code": 123456}, {"code": ["1"]}, {"code": "\0"}])
async def test_a_code_of_another_type_is_refused(client: Client, app: Authenticator, body: dict[str, Any]) -> None:
    assert (await _log_in(client, **body)).status == 400
