"""The page of the own account."""

import pytest

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import EMAIL, PASSWORD
from tests.pages.documents import HTML, read

NEW = "anothersecurepassword"


async def _end_forms(client: Client) -> list[str]:
    document = await read(await client.get("/account/"))
    return [form["action"] for form in document.all("form") if form["action"].endswith("/end/")]


async def test_the_account_shows_its_address_and_devices(logged_in: Client) -> None:
    agent = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"}
    await logged_in.post("/login/", data={"email": EMAIL, "password": PASSWORD}, headers=agent)
    document = await read(await logged_in.get("/account/"))
    assert document.headings == ["Account"]
    for text in (EMAIL, "Firefox on Windows", "This device"):
        assert text in document.text
    assert await _end_forms(logged_in) == []  # this one is ended by the logout


async def test_the_name_is_shown_in_the_menu_instead_of_the_address(logged_in: Client) -> None:
    assert EMAIL in (await read(await logged_in.get("/list/"))).text
    document = await read(await logged_in.post("/account/profile/", data={"name": "Ada <b>"}))
    assert "Saved." in document.text
    assert [field["value"] for field in document.all("input") if field.get("name") == "name"] == ["Ada <b>"]
    shown = (await read(await logged_in.get("/list/"))).text
    assert ("Ada <b>" in shown, EMAIL in shown) == (True, False)
    refused = await logged_in.post("/account/profile/", data={"name": "y" * 81})
    document = await read(refused)
    assert (refused.status, "at most 80 characters" in document.text) == (400, True)
    assert [field["value"] for field in document.all("input") if field.get("name") == "name"] == ["y" * 81]


async def test_the_language_is_kept(logged_in: Client) -> None:
    form = {"language": "de", "size": "large", "background": "none"}
    answer = await logged_in.post("/account/preferences/", data=form)
    document = await read(answer)
    assert document.all("html")[0]["lang"] == "de"
    assert "Gespeichert." in document.text
    english = await logged_in.get("/list/", headers={"Accept-Language": "en"})
    assert (await read(english)).headings == ["Meine Liste"]


async def test_captions_look_as_chosen(logged_in: Client, publish: Publish) -> None:
    film = await publish()
    for form, look in (
        ({"language": "en", "size": "large", "background": "none"}, "captions-large captions-plain"),
        ({"language": "en", "size": "small", "background": "dark"}, "captions-small"),
    ):
        await logged_in.post("/account/preferences/", data=form)
        document = await read(await logged_in.get(f"/watch/{film}/"))
        assert document.all("media-controller")[0]["class"] == look


@pytest.mark.parametrize("form", [{"language": "xx"}, {"language": "de", "size": "huge"}])
async def test_unknown_preferences_are_refused(logged_in: Client, form: dict[str, str]) -> None:
    assert (await logged_in.post("/account/preferences/", data=form, headers=HTML)).status == 400


async def test_changing_the_password_logs_out_other_devices(logged_in: Client) -> None:
    form = {"old_password": PASSWORD, "new_password": NEW}
    answer = await logged_in.post("/account/password/", data=form)
    assert (answer.status, "Saved." in (await read(answer)).text) == (200, True)
    credentials = {"email": EMAIL, "password": NEW}
    assert (await logged_in.post("/login/", data=credentials, allow_redirects=False)).status == 303


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"old_password": "wrong password", "new_password": NEW}, "The password is wrong."),
        ({"old_password": PASSWORD, "new_password": "short"}, "8 to 128 characters"),
        ({}, "Please check your inputs"),
    ],
)
async def test_a_wrong_password_is_reported_in_its_section(
    logged_in: Client, form: dict[str, str], message: str
) -> None:
    answer = await logged_in.post("/account/password/", data=form, headers=HTML)
    assert answer.status == 400
    assert message in (await read(answer)).text


async def test_other_devices_are_logged_out_one_by_one_or_together(logged_in: Client) -> None:
    for _ in range(3):
        logged_in.session.cookie_jar.clear()
        await logged_in.post("/login/", data={"email": EMAIL, "password": PASSWORD})
    all_others, one = "/account/devices/end/", (await _end_forms(logged_in))[0]
    assert len(await _end_forms(logged_in)) == 4  # three others, and all together
    await logged_in.post(one)
    assert one not in await _end_forms(logged_in)
    assert (await logged_in.post(one, headers=HTML)).status == 404
    await logged_in.post(all_others)
    assert await _end_forms(logged_in) == []
    assert (await logged_in.get("/api/me/")).status == 200


async def test_the_account_is_deleted_with_the_password(client: Client, make_user: MakeUser) -> None:
    await make_user("bob@example.org")
    await client.post("/login/", data={"email": "bob@example.org", "password": PASSWORD})
    wrong = await client.post("/account/delete/", data={"password": "wrong"})
    assert (wrong.status, "The password is wrong." in (await read(wrong)).text) == (400, True)
    answer = await client.post("/account/delete/", data={"password": PASSWORD}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/login/")
    assert (await client.get("/account/", headers=HTML, allow_redirects=False)).status == 303


async def test_the_last_administrator_stays(logged_in: Client) -> None:
    answer = await logged_in.post("/account/delete/", data={"password": PASSWORD})
    assert (answer.status, "last administrator" in (await read(answer)).text) == (409, True)
