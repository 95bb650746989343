from dataclasses import replace
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from videoflix.accounts.mail import compose, link, send
from videoflix.accounts.models import MailKind
from videoflix.errors import MailFailed
from videoflix.settings import Settings
from videoflix.translations import LANGUAGES

SETTINGS = Settings.from_env({"SECRET_KEY": "k" * 40, "FRONTEND_BASE_URL": "https://films.example.org/"})


def test_links_are_those_of_the_contract() -> None:
    assert link(SETTINGS, MailKind.ACTIVATION, "MQ", "a-token_") == (
        "https://films.example.org/pages/auth/activate.html?uid=MQ&token=a-token_"
    )
    for kind in (MailKind.RESET, MailKind.INVITATION):
        found = urlsplit(link(SETTINGS, kind, "MQ", "t"))
        assert (found.path, parse_qs(found.query)) == (
            "/pages/auth/confirm_password.html",
            {"uid": ["MQ"], "token": ["t"]},
        )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", MailKind)
def test_a_mail_has_all_headers_and_both_bodies(kind: MailKind, language: str) -> None:
    address = link(SETTINGS, kind, "MQ", "token")
    message = compose(SETTINGS, kind, "ada@example.org", address, language)
    assert message["To"] == "ada@example.org"
    assert message["From"] == "Videoflix <noreply@localhost>"
    assert message["Subject"]
    assert message["Message-ID"].endswith("@localhost>")
    assert parsedate_to_datetime(message["Date"]).tzinfo
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text
    assert html
    assert f"\n{address}\n" in text.get_content()
    content = html.get_content()
    assert content.count(address.replace("&", "&amp;")) == 3  # the button, the link, and its text
    assert f'<html lang="{language}">' in content
    assert "<img" not in content
    assert "<style" not in content
    assert "<link" not in content
    assert 'name="viewport"' in content


def test_a_mail_says_how_long_its_link_is_valid() -> None:
    for seconds, english, german in (
        (3 * 86_400, "3 days", "3 Tage"),
        (5400, "1 hour", "1 Stunde"),
        (600, "10 minutes", "10 Minuten"),
    ):
        settings = replace(SETTINGS, reset_token_lifetime=seconds)
        for language, told in (("en", english), ("de", german)):
            message = compose(settings, MailKind.RESET, "ada@example.org", "https://x.example/", language)
            for kind in ("plain", "html"):
                body = message.get_body((kind,))
                assert body
                assert f" {told} " in body.get_content().replace(".", " ")


def test_an_international_domain_is_sent_in_ascii() -> None:
    message = compose(SETTINGS, MailKind.RESET, "ada@bücher.example", "https://x.example/", "en")
    assert message["To"] == "ada@xn--bcher-kva.example"


def test_a_sender_that_is_not_an_address_is_replaced_by_the_smtp_user() -> None:
    odd = replace(SETTINGS, default_from_email="EMAIL_HOST_USER", email_host_user="films@example.org")
    message = compose(odd, MailKind.RESET, "ada@example.org", "https://x.example/", "en")
    assert message["From"] == "films@example.org"


async def test_the_console_prints_the_link_on_its_own_line(capsys: pytest.CaptureFixture[str]) -> None:
    for kind, tag in ((MailKind.ACTIVATION, "ACTIVATION LINK"), (MailKind.RESET, "RESET LINK")):
        address = link(SETTINGS, kind, "MQ", "token")
        await send(SETTINGS, kind, compose(SETTINGS, kind, "ada@example.org", address, "en"), address)
        assert f"[{tag}] {address}" in capsys.readouterr().out.splitlines()


async def test_an_unreachable_server_fails_with_its_reason() -> None:
    smtp = replace(SETTINGS, email_backend="smtp", email_host="127.0.0.1", email_port=1)
    message = compose(smtp, MailKind.RESET, "ada@example.org", "https://x.example/", "en")
    with pytest.raises(MailFailed, match="SMTPConnect"):
        await send(smtp, MailKind.RESET, message, "https://x.example/")
