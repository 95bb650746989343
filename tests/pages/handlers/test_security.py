"""The second factor on the pages: set up, log in, turn off, without scripts."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.accounts.authenticator import Authenticator, code_of, forget_steps
from tests.fixtures.app import Client
from tests.fixtures.services import EMAIL, PASSWORD
from tests.pages.documents import HTML, Document, read
from videoflix.accounts.resources import KEYRING
from videoflix.accounts.tokens import LoginStep
from videoflix.db.pool import Database

SECURITY = "/account/security/"
FORM = {"email": EMAIL, "password": PASSWORD}
WRONG = "000000"


async def _log_out(client: Client) -> None:
    await client.post("/logout/")


async def _first_step(client: Client, **more: str) -> Document:
    answer = await client.post("/login/?next=/list/", data={**FORM, **more}, allow_redirects=False)
    assert (answer.status, "Set-Cookie" in answer.headers) == (200, False)
    return await read(answer)


async def test_it_is_set_up_in_the_account(logged_in: Client) -> None:
    assert SECURITY in (await read(await logged_in.get("/account/"))).links
    refused = await logged_in.post(SECURITY, data={"password": "wrong"})
    assert (refused.status, "The password is wrong." in (await read(refused)).text) == (400, True)
    started = await logged_in.post(SECURITY, data={"password": PASSWORD})
    document, html = await read(started), await started.text()
    secret = re.search(r"secret=([A-Z2-7]{32})&", html)
    assert secret
    assert " ".join(re.findall(".{4}", secret[1])) in document.text
    assert document.all("svg")[-1].keys() == {"viewbox"}
    assert "style=" not in html
    wrong = await logged_in.post(f"{SECURITY}confirm/", data={"code": WRONG})
    assert (wrong.status, secret[1] in await wrong.text()) == (400, True)
    shown = await logged_in.post(f"{SECURITY}confirm/", data={"code": code_of(secret[1])})
    assert (shown.status, shown.headers["Cache-Control"]) == (200, "no-store")
    codes = re.findall(r"<code>(.*?)</code>", await shown.text())
    assert len(codes) == 10
    now_on = await logged_in.get(SECURITY)
    text = (await read(now_on)).text
    assert ("10 recovery codes are left" in text, codes[0] in text, secret[1] in text) == (True, False, False)


async def test_the_login_has_a_second_step(logged_in: Client) -> None:
    app = await Authenticator.set_up(logged_in)
    await _log_out(logged_in)
    document = await _first_step(logged_in, remember="on")
    assert document.headings == ["One more code"]
    assert PASSWORD not in document.text
    assert set(document.fields) == {"step", "code"}
    action = document.all("form")[0]["action"]
    wrong = await logged_in.post(action, data={**document.fields, "code": WRONG})
    assert (wrong.status, "The code is wrong" in (await read(wrong)).text) == (401, True)
    assert (await logged_in.get("/api/me/")).status == 401
    answer = await logged_in.post(action, data={**document.fields, "code": app.code()}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/list/")
    assert int(answer.cookies["refresh_token"]["max-age"]) == 90 * 86_400
    assert (await logged_in.get("/api/me/")).status == 200


async def test_a_wrong_password_does_not_lead_to_the_second_step(logged_in: Client) -> None:
    await Authenticator.set_up(logged_in)
    answer = await logged_in.post("/login/", data={**FORM, "password": "wrong"})
    assert (answer.status, (await read(answer)).headings) == (401, ["Log in"])


@pytest.mark.parametrize("step", ["", "nonsense", "expired", "password"])
async def test_the_second_step_needs_the_first(logged_in: Client, admin: int, database: Database, step: str) -> None:
    app = await Authenticator.set_up(logged_in)
    await _log_out(logged_in)
    if step == "password":
        step = (await _first_step(logged_in)).fields["step"]
        async with database.connection() as connection:
            await connection.execute("UPDATE users SET password_hash = 'another'")
    if step == "expired":
        first = LoginStep(user_id=admin, password_mark="", is_remembered=False)
        step = logged_in.app[KEYRING].issue_step(first, datetime.now(UTC) - timedelta(minutes=5, seconds=1))
    answer = await logged_in.post("/login/code/", data={"step": step, "code": app.code()})
    document = await read(answer)
    assert (answer.status, "The login took too long" in document.text) == (401, True)
    assert document.all("form")[0]["action"].startswith("/login/?")
    assert (await logged_in.get("/api/me/")).status == 401


async def test_an_access_token_is_no_step_of_a_login(logged_in: Client) -> None:
    app = await Authenticator.set_up(logged_in)
    token = logged_in.session.cookie_jar.filter_cookies(logged_in.make_url("/"))["access_token"].value
    answer = await logged_in.post("/login/code/", data={"step": token, "code": app.code()})
    assert answer.status == 401


async def test_the_second_step_loaded_again_is_the_login(client: Client) -> None:
    answer = await client.get("/login/code/", headers=HTML, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/login/")


async def test_codes_are_renewed_and_it_is_turned_off(logged_in: Client, database: Database) -> None:
    app = await Authenticator.set_up(logged_in)
    for path, section in (("codes/", "codes"), ("off/", "off")):
        for form, message in (
            ({"password": "wrong", "code": app.code()}, "The password is wrong."),
            ({"password": PASSWORD, "code": WRONG}, "The code is wrong"),
            ({}, "The password is wrong."),
        ):
            answer = await logged_in.post(SECURITY + path, data=form)
            assert (answer.status, message in (await read(answer)).text) == (400, True), (section, form)
    proof = {"password": PASSWORD, "code": app.code()}
    renewed = await logged_in.post(f"{SECURITY}codes/", data=proof)
    assert len(re.findall(r"<code>(.*?)</code>", await renewed.text())) == 10
    await forget_steps(database)
    off = await logged_in.post(f"{SECURITY}off/", data=proof, allow_redirects=False)
    assert (off.status, off.headers["Location"]) == (303, SECURITY)
    await _log_out(logged_in)
    answer = await logged_in.post("/login/", data=FORM, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
