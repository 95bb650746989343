"""Login and logout without scripts."""

import pytest

from tests.fixtures.app import Client
from tests.fixtures.services import EMAIL, PASSWORD
from tests.pages.documents import HTML, read
from videoflix.http.cookies import ACCESS, CSRF, REFRESH
from videoflix.settings import Settings

FORM = {"email": EMAIL, "password": PASSWORD}


def _cookies(client: Client) -> set[str]:
    return {cookie.key for cookie in client.session.cookie_jar}


async def test_the_login_has_labelled_fields_that_password_managers_know(client: Client) -> None:
    answer = await client.get("/login/")
    document = await read(answer)
    assert document.headings == ["Log in"]
    assert [field.get("autocomplete") for field in document.all("input")] == ["username", "current-password", None]
    assert {label["for"] for label in document.all("label")} == {field["id"] for field in document.all("input")}
    assert {"/register/", "/forgot/", "/pair/"} <= set(document.links)


async def test_the_login_sets_cookies_and_leads_home(client: Client, admin: int) -> None:
    answer = await client.post("/login/", data=FORM, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert _cookies(client) == {ACCESS, REFRESH, CSRF}
    assert (await client.get("/api/me/")).status == 200


async def test_the_login_leads_to_the_page_that_was_wanted(client: Client, admin: int) -> None:
    answer = await client.post("/login/?next=/film/7/%3Fa%3D1", data=FORM, allow_redirects=False)
    assert answer.headers["Location"] == "/film/7/?a=1"
    again = await client.get("/login/?next=/film/7/", allow_redirects=False)
    assert (again.status, again.headers["Location"]) == (303, "/film/7/")


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/\n/evil"]
)
async def test_the_login_never_leads_to_another_server(client: Client, admin: int, address: str) -> None:
    answer = await client.post("/login/", params={"next": address}, data=FORM, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/")


async def test_a_login_is_remembered(client: Client, admin: int, settings: Settings) -> None:
    for form, lifetime in (
        (FORM, settings.refresh_token_lifetime),
        ({**FORM, "remember": "on"}, settings.remembered_session_lifetime),
    ):
        answer = await client.post("/login/", data=form, allow_redirects=False)
        assert int(answer.cookies[REFRESH]["max-age"]) == lifetime


async def test_a_wrong_password_is_reported_and_the_address_kept(client: Client, admin: int) -> None:
    answer = await client.post("/login/", data={**FORM, "password": "<wrong>"})
    assert answer.status == 401
    document = await read(answer)
    assert "No active account found" in document.text
    assert document.fields == {"email": EMAIL, "password": "", "remember": ""}
    assert _cookies(client) == set()


async def test_a_browser_without_cookies_is_told_so(client: Client, admin: int) -> None:
    answer = await client.post("/login/", data=FORM, headers=HTML)
    assert answer.status == 400
    assert "does not accept cookies" in (await read(answer)).text
    await client.get("/login/")
    assert (await client.post("/login/", data=FORM, headers=HTML, allow_redirects=False)).status == 303


async def test_missing_fields_are_a_failed_login(client: Client, admin: int) -> None:
    assert (await client.post("/login/", data={})).status == 401


async def test_too_many_failures_say_when_to_try_again(client: Client, admin: int) -> None:
    for _ in range(10):
        await client.post("/login/", data={**FORM, "password": "wrong"})
    answer = await client.post("/login/", data=FORM)
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Too many attempts" in (await read(answer)).text


async def test_the_logout_ends_the_session(client: Client, admin: int) -> None:
    await client.post("/login/", data=FORM)
    answer = await client.post("/logout/", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/login/")
    assert _cookies(client) == set()
    assert (await client.post("/logout/", headers=HTML, allow_redirects=False)).status == 303
