"""Checks of the addresses that people use: links in mails, and settings of cookies, origins and hosts that are valid
one by one, but do not work together."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

from videoflix.accounts.mail import link
from videoflix.accounts.models import MailKind
from videoflix.checks import public_address
from videoflix.checks.finding import Finding, Mark
from videoflix.http.request_checks import is_allowed_host
from videoflix.loopback import is_loopback
from videoflix.setting_types import origin
from videoflix.settings import Settings

ANSWER_SECONDS = 5.0


async def links(settings: Settings) -> AsyncIterator[Finding]:
    """Whether the links in mails lead to a page."""
    if unreachable := public_address.warning(settings):
        yield Finding(Mark.WARNING, unreachable)
        return
    if settings.frontend_base_url == settings.public_url and not public_address.is_public(settings):
        yield Finding(Mark.GOOD, f"links in mails lead to this server, {settings.public_url}")
        return
    for kind in (MailKind.ACTIVATION, MailKind.RESET):
        page = link(settings, kind, "", "").partition("?")[0]
        problem = await asyncio.to_thread(_problem_of, urlsplit(page))
        yield Finding(
            Mark.WARNING if problem else Mark.GOOD,
            f"links in mails lead to {page}, but {problem}" if problem else f"{page} answers",
        )


async def browsers(settings: Settings) -> AsyncIterator[Finding]:
    for findings in (_cookies(settings), _origins(settings), _hosts(settings)):
        for finding in findings:
            yield finding
    yield Finding(Mark.GOOD, f"origins that may call the API: {', '.join(settings.cors_allowed_origins) or 'none'}")


def _problem_of(page: SplitResult) -> str | None:
    """What is wrong with a page, if anything is. A page that redirects is fine."""
    kind = HTTPSConnection if page.scheme == "https" else HTTPConnection
    connection = kind(page.netloc.rpartition("@")[2], timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", page.path or "/")
        status = connection.getresponse().status
    except (OSError, HTTPException, ValueError) as error:
        return f"nobody answers there ({error}). Is it running? See PUBLIC_URL and FRONTEND_BASE_URL"
    finally:
        connection.close()
    if status >= 500:
        return f"it answers with an error ({status})"
    if status >= 400:
        return f"there is no such page ({status}). See FRONTEND_BASE_URL, and the two settings of its paths"
    return None


def _cookies(settings: Settings) -> Iterator[Finding]:
    frontend, public = urlsplit(settings.frontend_base_url), urlsplit(settings.public_url)
    host = frontend.hostname or ""
    if settings.cookie_secure:
        for each in dict.fromkeys((frontend, public)):
            if each.scheme == "http" and not is_loopback(each.hostname or ""):
                yield Finding(
                    Mark.BAD,
                    f"COOKIE_SECURE is on, but {_origin(each)} uses HTTP, where browsers send no secure cookies",
                )
    elif public.scheme == "https":
        yield Finding(
            Mark.WARNING,
            f"COOKIE_SECURE is off, so browsers also send the cookies of {_origin(public)} without encryption",
        )
    hosts = (*settings.allowed_hosts, *([public.hostname] if public.hostname else []))
    same_site = is_loopback(host) or any(_is_same_site(host, each) for each in hosts)
    if settings.cookie_samesite != "None" and not same_site:
        yield Finding(
            Mark.BAD,
            f"the frontend {_origin(frontend)} is on another site than {', '.join(dict.fromkeys(hosts))}: "
            f"with COOKIE_SAMESITE={settings.cookie_samesite} browsers send no cookies with its requests",
        )


def _origins(settings: Settings) -> Iterator[Finding]:
    frontend, public = urlsplit(settings.frontend_base_url), urlsplit(settings.public_url)
    if frontend.scheme == "https" and public.scheme == "http" and not is_loopback(public.hostname or ""):
        yield Finding(
            Mark.BAD,
            f"the frontend {_origin(frontend)} uses HTTPS, so browsers do not let it call {_origin(public)}. "
            "Set PUBLIC_URL to an address with HTTPS",
        )
    local = [each for each in settings.csrf_trusted_origins if is_loopback(urlsplit(each).hostname or "")]
    if local and public_address.is_public(settings):
        yield Finding(
            Mark.WARNING,
            f"CSRF_TRUSTED_ORIGINS contains {', '.join(local)}, which is the viewer's own machine. List the "
            "addresses of your pages instead",
        )
    for each in settings.csrf_trusted_origins:
        if each not in (*local, *settings.cors_allowed_origins, _origin(public)) and "*" not in each:
            yield Finding(
                Mark.WARNING,
                f"{each} is in CSRF_TRUSTED_ORIGINS, but not in CORS_ALLOWED_ORIGINS: its scripts may send requests, "
                "but not read the answers",
            )


def _hosts(settings: Settings) -> Iterator[Finding]:
    public = urlsplit(settings.public_url)
    if settings.debug and public_address.is_public(settings):
        where = settings.public_url if settings.is_loopback else settings.host
        yield Finding(Mark.WARNING, f"DEBUG is on while others reach {where}: anybody can activate any account")
    if not settings.is_loopback and not settings.allowed_hosts:
        yield Finding(
            Mark.WARNING, f"listening on {settings.host}, but ALLOWED_HOSTS is empty: only loopback names work"
        )
    elif not is_allowed_host(public.hostname or "", settings.allowed_hosts):
        yield Finding(
            Mark.BAD,
            f"PUBLIC_URL is {settings.public_url}, but the server does not answer under that name. Add "
            f"{public.hostname} to ALLOWED_HOSTS",
        )
    if any(proxy.endswith("/0") for proxy in settings.trusted_proxies):
        yield Finding(
            Mark.WARNING, "TRUSTED_PROXIES trusts every address: clients can forge theirs. List your proxies only"
        )
    if "*" in settings.allowed_hosts:
        yield Finding(Mark.WARNING, "ALLOWED_HOSTS=* accepts any host name. List yours instead")


def _origin(address: SplitResult) -> str:
    return origin(address.geturl())


def _is_same_site(frontend: str, host: str) -> bool:
    """Whether two host names have the same last two labels: an approximation without the public suffix list."""
    host = host.lstrip(".")
    if frontend == host or host == "*":
        return True
    is_name = frontend.count(".") and not frontend.replace(".", "").isdigit()
    return bool(is_name) and frontend.split(".")[-2:] == host.split(".")[-2:]
