"""Settings of addresses that are valid one by one, but do not work together."""

from dataclasses import replace
from typing import Any

import pytest

from tests.fixtures.app import Client
from videoflix.checks import addresses
from videoflix.checks.finding import Mark
from videoflix.settings import Settings

# Behind a proxy on the same machine.
PUBLIC: dict[str, Any] = {
    "public_url": "https://films.example.org",
    "frontend_base_url": "https://films.example.org",
    "allowed_hosts": ("films.example.org",),
    "cors_allowed_origins": ("https://films.example.org",),
    "csrf_trusted_origins": (),
    "cookie_secure": True,
}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"frontend_base_url": "http://films.example.org", "cookie_secure": True}, "COOKIE_SECURE is on"),
        ({**PUBLIC, "public_url": "http://films.example.org"}, "COOKIE_SECURE is on, but http://films.example.org"),
        ({**PUBLIC, "cookie_secure": False}, "COOKIE_SECURE is off"),
        ({"frontend_base_url": "https://films.example.org", "allowed_hosts": ("api.else.net",)}, "another site"),
        ({**PUBLIC, "frontend_base_url": "https://films.else.net"}, "another site than films.example.org"),
        ({**PUBLIC, "public_url": "http://api.example.org"}, "do not let it call http://api.example.org"),
        ({**PUBLIC, "public_url": "https://films.else.net"}, "Add films.else.net to ALLOWED_HOSTS"),
        ({**PUBLIC, "csrf_trusted_origins": ("https://tv.example.org",)}, "but not in CORS_ALLOWED_ORIGINS"),
        ({**PUBLIC, "csrf_trusted_origins": ("http://localhost:5500",)}, "which is the viewer's own machine"),
        ({"host": "10.0.0.1", "debug": True}, "others reach 10.0.0.1: anybody can activate any account"),
        ({**PUBLIC, "debug": True}, "others reach https://films.example.org: anybody can activate any account"),
        ({"host": "10.0.0.1"}, "only loopback names work"),
        ({"allowed_hosts": ("*",)}, "any host name"),
    ],
    ids=str,
)
async def test_settings_that_do_not_work_in_browsers_are_reported(
    settings: Settings, changes: dict[str, Any], words: str
) -> None:
    odd = replace(settings, **changes)
    findings = [finding async for finding in addresses.browsers(odd)]
    assert any(words in finding.message and finding.mark is not Mark.GOOD for finding in findings), findings


async def test_a_server_behind_a_proxy_with_https_works_in_browsers(settings: Settings) -> None:
    fine = replace(settings, **PUBLIC)
    assert [finding.mark async for finding in addresses.browsers(fine)] == [Mark.GOOD]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"host": "10.0.0.1"}, "links in mails begin with http://127.0.0.1:8000"),
        ({**PUBLIC, "frontend_base_url": "http://127.0.0.1:5500"}, "Set FRONTEND_BASE_URL"),
        ({"frontend_base_url": "http://127.0.0.1:1"}, "nobody answers there"),
        ({"frontend_base_url": "http://localhost:70000"}, "nobody answers there"),
    ],
    ids=str,
)
async def test_links_in_mails_that_lead_nowhere_are_reported(
    settings: Settings, changes: dict[str, Any], words: str
) -> None:
    odd = replace(settings, **changes)
    findings = [finding async for finding in addresses.links(odd)]
    assert words in findings[0].message
    assert {finding.mark for finding in findings} == {Mark.WARNING}


async def test_links_in_mails_are_followed_to_their_pages(settings: Settings, client: Client) -> None:
    address = str(client.make_url("")).rstrip("/")
    fine = replace(settings, frontend_base_url=address)
    assert {finding.mark async for finding in addresses.links(fine)} == {Mark.GOOD}
    odd = replace(fine, frontend_activation_path="/nowhere.html")
    activation, reset = [finding async for finding in addresses.links(odd)]
    assert activation.mark is Mark.WARNING
    assert f"{address}/nowhere.html, but there is no such page (404)" in activation.message
    assert reset.mark is Mark.GOOD


async def test_a_frontend_on_any_loopback_address_works(settings: Settings) -> None:
    fine = replace(settings, frontend_base_url="http://127.0.0.2:8000", cookie_secure=True)
    findings = [finding async for finding in addresses.browsers(fine)]
    assert [finding.mark for finding in findings] == [Mark.GOOD], findings


async def test_a_frontend_on_a_sibling_subdomain_works(settings: Settings) -> None:
    fine = replace(
        settings, **{**PUBLIC, "public_url": "https://api.example.org", "allowed_hosts": ("api.example.org",)}
    )
    assert [finding.mark async for finding in addresses.browsers(fine)] == [Mark.GOOD]
