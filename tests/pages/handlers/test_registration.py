"""Registration, activation and a new password, by forms and by the links in mails."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser
from tests.fixtures.services import EMAIL, PASSWORD
from tests.pages.documents import read
from videoflix.accounts.mail import link
from videoflix.accounts.models import MailKind
from videoflix.accounts.queries import mails
from videoflix.accounts.tokens import encode_uid, mail_token_hash, new_mail_token
from videoflix.app import create_app
from videoflix.db.pool import Database
from videoflix.settings import Settings

FORM = {"email": EMAIL, "password": PASSWORD, "confirmed_password": PASSWORD}
NEW = "anothersecurepassword"

MakeLink = Callable[[MailKind, int], Awaitable[str]]


@pytest.fixture
def make_link(settings: Settings, database: Database) -> MakeLink:
    """The path and query of the link in a mail."""

    async def make_link(kind: MailKind, user_id: int) -> str:
        token = new_mail_token()
        async with database.connection() as connection:
            await mails.insert_token(connection, mail_token_hash(token), user_id, kind, 3600)
        return link(settings, kind, encode_uid(user_id), token).removeprefix(settings.public_url)

    return make_link


async def test_a_registration_queues_a_mail_and_says_so(client: Client, database: Database) -> None:
    document = await read(await client.get("/register/"))
    assert set(document.fields) == set(FORM)
    answer = await client.post("/register/", data=FORM)
    assert (answer.status, answer.url.path_qs) == (200, "/register/?done")
    assert (await read(answer)).headings == ["Check your e-mail"]
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM mails") == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"email": "ada"}, "Please enter an e-mail address"),
        ({"password": "short", "confirmed_password": "short"}, "8 to 128 characters"),
        ({"confirmed_password": "different"}, "The two passwords differ."),
    ],
)
async def test_a_wrong_field_is_named_beside_it(client: Client, change: dict[str, str], message: str) -> None:
    answer = await client.post("/register/", data={**FORM, **change})
    assert answer.status == 400
    document = await read(answer)
    assert message in document.text
    (wrong,) = (field for field in document.all("input") if field.get("aria-invalid"))
    assert wrong["name"] in change
    assert document.fields["email"] == {**FORM, **change}["email"]
    assert document.fields["password"] == ""


async def test_a_registered_address_is_not_revealed(client: Client, admin: int) -> None:
    answer = await client.post("/register/", data=FORM)
    assert answer.status == 400
    assert "Please check your inputs" in (await read(answer)).text


async def test_printed_mails_are_mentioned(
    settings: Settings, client: Client, aiohttp_client: Callable[..., Awaitable[Client]]
) -> None:
    assert "does not send e-mails" in (await read(await client.get("/register/?done"))).text
    sending = await aiohttp_client(create_app(replace(settings, email_backend="smtp")))
    assert "does not send e-mails" not in (await read(await sending.get("/register/?done"))).text


async def test_the_link_of_an_activation_activates_by_a_button(
    client: Client, make_user: MakeUser, make_link: MakeLink
) -> None:
    user = await make_user(EMAIL, active=False)
    address = await make_link(MailKind.ACTIVATION, user)
    assert (await read(await client.get(address))).all("form") == [{"method": "post"}]
    assert (await client.post("/login/", data=FORM)).status == 401  # opening the link is not enough
    answer = await client.post(address)
    assert "Your account is active." in (await read(answer)).text
    assert (await client.post("/login/", data=FORM, allow_redirects=False)).status == 303


@pytest.mark.parametrize("query", ["", "?uid=MQ&token=x", "?uid=%00&token=%ff"])
async def test_an_invalid_activation_leads_to_a_new_link(client: Client, query: str) -> None:
    answer = await client.post(f"/pages/auth/activate.html{query}")
    assert answer.status == 400
    document = await read(answer)
    assert document.headings == ["This link is no longer valid"]
    assert "/forgot/" in document.links


async def test_a_reset_is_answered_alike_for_unknown_addresses(client: Client, admin: int) -> None:
    texts = [
        (await read(await client.post("/forgot/", data={"email": email}))).text
        for email in (EMAIL, "nobody@example.org")
    ]
    assert texts[0] == texts[1]


async def test_the_link_of_a_reset_sets_a_password(client: Client, admin: int, make_link: MakeLink) -> None:
    address = await make_link(MailKind.RESET, admin)
    assert set((await read(await client.get(address))).fields) == {"new_password", "confirm_password"}
    wrong = await client.post(address, data={"new_password": NEW, "confirm_password": "x"})
    assert (wrong.status, "differ" in (await read(wrong)).text) == (400, True)
    answer = await client.post(address, data={"new_password": NEW, "confirm_password": NEW})
    assert (await read(answer)).headings == ["Your password is set"]
    assert (await client.post("/login/", data={"email": EMAIL, "password": NEW}, allow_redirects=False)).status == 303
    again = await client.post(address, data={"new_password": NEW, "confirm_password": NEW})
    assert (again.status, "expired" in (await read(again)).text) == (400, True)


async def test_mail_links_lead_to_this_server_by_default(settings: Settings) -> None:
    assert link(settings, MailKind.RESET, "MQ", "t").startswith(
        "http://127.0.0.1:8000/pages/auth/confirm_password.html?"
    )


async def _invite(client: Client, **invitation: object) -> str:
    """The path and query of the link of an invitation."""
    created = await (await client.post("/api/admin/invitations/", json=invitation)).json()
    return f"/register/?{created['link'].partition('?')[2]}"


async def test_an_invited_person_registers_and_is_logged_in(logged_in: Client) -> None:
    address = await _invite(logged_in, email="bob@example.org")
    logged_in.session.cookie_jar.clear()
    document = await read(await logged_in.get(address))
    assert document.fields["email"] == "bob@example.org"
    assert "You are invited" in document.text
    assert "You are invited" not in (await read(await logged_in.get("/register/"))).text
    answer = await logged_in.post(address, data={**FORM, "email": "bob@example.org"})
    assert (answer.status, answer.url.path) == (200, "/")
    assert (await (await logged_in.get("/api/me/")).json())["email"] == "bob@example.org"
    again = await logged_in.get(address)
    assert (again.status, "was used already" in (await read(again)).text) == (400, True)


async def test_an_invitation_is_for_the_invited_only(logged_in: Client) -> None:
    address = await _invite(logged_in, email="bob@example.org")
    answer = await logged_in.post(address, data={**FORM, "email": "eve@example.org"})
    assert (answer.status, "another e-mail address" in (await read(answer)).text) == (400, True)


@pytest.mark.parametrize(("policy", "reason"), [("closed", "is closed"), ("invite", "You need an invitation")])
async def test_the_registration_can_be_limited(
    settings: Settings, aiohttp_client: Callable[..., Awaitable[Client]], policy: str, reason: str
) -> None:
    client = await aiohttp_client(create_app(replace(settings, registration=policy)))
    answer = await client.get("/register/")
    assert (answer.status, reason in (await read(answer)).text) == (403, True)
    assert (await client.post("/register/", data=FORM)).status == 403
    assert "/register/" not in (await read(await client.get("/login/"))).links


@pytest.mark.parametrize("address", ["a@[IPv6:<h1>Hello</h1>]", "a@b%c.de", "%(x)s@example.org"])
async def test_what_was_sent_is_not_taken_for_markup_or_placeholders(client: Client, address: str) -> None:
    answer = await client.post("/forgot/", data={"email": address})
    assert answer.status in (200, 400)
    assert "Hello" not in (await read(answer)).headings
