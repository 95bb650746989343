"""The page that asks who is watching, and the forms of profiles."""

from tests.fixtures.app import Client
from tests.fixtures.services import EMAIL, PASSWORD
from tests.pages.documents import HTML, read

CHILD = {"name": "Mia", "max_age": "6", "picture": "fox"}


async def _log_in(client: Client) -> None:
    await client.get("/login/")
    await client.post("/login/", data={"email": EMAIL, "password": PASSWORD})


async def _names(client: Client) -> list[str]:
    document = await read(await client.get("/profiles/"))
    return [button["value"] for button in document.all("button") if button.get("name") == "id"]


async def test_whoever_has_one_profile_is_not_asked(client: Client, logged_in: Client) -> None:
    answer = await client.post("/login/?next=/list/", data={"email": EMAIL, "password": PASSWORD}, headers=HTML)
    assert answer.url.path == "/list/"


async def test_after_the_login_the_profile_is_chosen(client: Client, logged_in: Client) -> None:
    assert (await read(await client.post("/account/profiles/new/", data=CHILD))).headings[0] == "Account"
    answer = await client.post("/login/?next=/list/", data={"email": EMAIL, "password": PASSWORD}, headers=HTML)
    assert (answer.url.path, answer.url.query["next"]) == ("/profiles/", "/list/")
    assert (await read(answer)).headings == ["Who is watching?"]
    assert (await client.get("/api/video/")).status == 403
    _, mia = await _names(client)
    chosen = await client.post("/profiles/?next=/list/", data={"id": mia}, headers=HTML)
    assert chosen.url.path == "/list/"
    assert "Mia" in (await read(chosen)).text


async def test_a_child_is_asked_for_the_pin_or_the_password(client: Client, logged_in: Client) -> None:
    await client.post("/account/profiles/new/", data=CHILD)
    first, mia = await _names(client)
    await client.post(f"/account/profiles/{first}/", data={"name": "Ada", "pin": "2580"})
    await client.post("/profiles/", data={"id": mia})
    asked = await client.post("/profiles/", data={"id": first}, headers=HTML)
    fields = [field.get("name") for field in (await read(asked)).all("input")]
    assert (asked.status, fields) == (200, ["id", "pin", "password"])
    wrong = await client.post("/profiles/", data={"id": first, "pin": "0000"}, headers=HTML)
    assert (wrong.status, "The PIN is wrong." in (await read(wrong)).text) == (400, True)
    right = await client.post("/profiles/", data={"id": first, "pin": "2580"}, headers=HTML)
    assert (right.status, right.url.path) == (200, "/")


async def test_a_child_sees_only_its_preferences(client: Client, logged_in: Client) -> None:
    await client.post("/account/profiles/new/", data=CHILD)
    _, mia = await _names(client)
    await client.post("/profiles/", data={"id": mia})
    words = (await read(await client.get("/account/", headers=HTML))).words
    assert "Language and playback" in words
    assert not {"Password", "Devices", EMAIL} & set(words)
    assert (await client.get("/account/profiles/new/", headers=HTML)).status == 403
    saved = await client.post("/account/preferences/", data={"language": "de"}, headers=HTML)
    assert (await read(saved)).all("html")[0]["lang"] == "de"


async def test_what_is_wrong_with_a_profile_is_said(client: Client, logged_in: Client) -> None:
    refused = await client.post("/account/profiles/new/", data={**CHILD, "name": "", "pin": "1"}, headers=HTML)
    assert (refused.status, "Please enter a name." in (await read(refused)).text) == (400, True)
    assert (await client.get("/account/profiles/99/", headers=HTML)).status == 404


async def test_a_profile_is_edited_and_deleted(client: Client, logged_in: Client) -> None:
    await client.post("/account/profiles/new/", data=CHILD)
    _, mia = await _names(client)
    saved = await client.post(f"/account/profiles/{mia}/", data={**CHILD, "name": "Mia <b>", "max_age": "12"})
    assert "Mia <b>" in (await read(saved)).text
    assert "Up to 12 years" in (await read(await client.get("/profiles/", headers=HTML))).text
    await client.post(f"/account/profiles/{mia}/delete/", data={})
    assert len(await _names(client)) == 1


async def test_each_profile_has_its_own_language(client: Client, logged_in: Client) -> None:
    await client.post("/account/profiles/new/", data={**CHILD, "language": "de"})
    first, mia = await _names(client)
    for profile, language, proof in ((mia, "de", ""), (first, "en", PASSWORD)):
        await client.post("/profiles/", data={"id": profile, "password": proof})
        document = await read(await client.get("/list/", headers={**HTML, "Accept-Language": "en"}))
        assert document.all("html")[0]["lang"] == language
