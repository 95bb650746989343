"""Two web servers on two hosts behind nginx, whose clocks are five minutes off in opposite directions."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec import Struct

from tests.accounts.authenticator import code_of
from tests.films import Films
from tests.fixtures.encoding import Bring
from tests.fixtures.gateway import fill, running
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import PASSWORD, free_port
from tests.hosts.client import Client
from tests.hosts.network import WEB_PORT, Host, Network

TOKEN = "a token for monitoring"
BOB = "bob@example.org"
SEGMENT = "/api/video/{}/480p/000.ts?v=1"


class Site(Struct):
    """Two hosts, and the administrator and a viewer, who have logged in at one each."""

    ahead: Host
    behind: Host
    session: aiohttp.ClientSession
    ada: Client
    bob: Client

    def hosts(self) -> tuple[Host, Host]:
        return self.ahead, self.behind


@pytest.fixture
async def site(hosts: Network, admin: int, make_user: MakeUser) -> AsyncIterator[Site]:
    variables = {
        "METRICS_TOKEN": TOKEN,
        "TRUSTED_PROXIES": hosts.address,
        "ACCESS_TOKEN_LIFETIME": "120",
        "LIMIT_FAILED_LOGINS": "3/15m",
    }
    ahead, behind = hosts.add("ahead", clock=300, **variables), hosts.add("behind", clock=-300, **variables)
    await asyncio.gather(ahead.serve(), behind.serve())
    await make_user(BOB)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        ada, bob = Client(session), Client(session)
        assert await ada.log_in(behind) == 200
        assert await bob.log_in(ahead, BOB) == 200
        yield Site(ahead, behind, session, ada, bob)


async def test_hosts_behind_nginx_are_one_server(
    site: Site,
    publish: Publish,
    bring: Bring,
    films: Films,
    nginx: str,
    environ: dict[str, str],
    tmp_path: Path,
) -> None:
    """One test, because the hosts take seconds to start."""
    for host, sign in ((site.ahead, "+"), (site.behind, "-")):
        assert f"clock of this host differs from that of the database by {sign}" in host.log
    video_id = await publish("Alien")
    await _a_login_counts_at_both(site, video_id)
    await _what_was_reported_later_counts(site, video_id)
    await _codes_are_those_of_the_real_time(site)
    await _a_change_of_rights_reaches_both(site, video_id)
    await _failed_logins_count_together(site)
    await _the_other_host_tells_how_far_an_encode_is(site, await bring(films.make(audio=False, seconds=1)))
    await _nginx_uses_both_and_does_without_one(site, video_id, nginx, environ["DATA_DIR"], tmp_path / "gateway")


async def _a_login_counts_at_both(site: Site, video_id: int) -> None:
    former = Client(site.session)
    assert await former.log_in(site.behind, BOB) == 200
    for client in (site.ada, site.bob, former):
        for host in site.hosts():
            assert (await client.ask("GET", host.url("/api/me/sessions/")))[0] == 200
            assert (await client.ask("GET", host.url(SEGMENT.format(video_id))))[0] == 200
    assert (await former.ask("POST", site.ahead.url("/api/logout/")))[0] == 200
    await _until(401, lambda: former.ask("GET", site.behind.url(SEGMENT.format(video_id))))


async def _what_was_reported_later_counts(site: Site, video_id: int) -> None:
    """What is reported to the host that is behind is not from before it was forgotten at the one that is ahead."""
    position, bob = f"/api/me/progress/{video_id}/", site.bob
    report = {"position": 6, "duration": 14, "session": "a"}
    assert (await bob.ask("DELETE", site.ahead.url(position)))[0] == 204
    assert (await bob.ask("PUT", site.behind.url(position), json=report))[0] == 204
    assert (await bob.ask("GET", site.behind.url(position)))[1]["position"] == 6


async def _codes_are_those_of_the_real_time(site: Site) -> None:
    path, again = "/api/me/second-factor/", Client(site.session)
    _, started = await site.bob.ask("POST", site.ahead.url(path), json={"password": PASSWORD})
    code = {"code": code_of(started["secret"])}
    assert (await site.bob.ask("POST", site.behind.url(f"{path}confirm/"), json=code))[0] == 200
    assert await again.log_in(site.ahead, BOB, code=code_of(started["secret"], 30)) == 200


async def _a_change_of_rights_reaches_both(site: Site, video_id: int) -> None:
    path, segment = f"/api/admin/videos/{video_id}/", SEGMENT.format(video_id)
    assert (await site.ada.ask("PATCH", site.ahead.url(path), json={"is_draft": True}))[0] == 200
    await _until(404, lambda: site.bob.ask("GET", site.behind.url(segment)))
    assert (await site.ada.ask("PATCH", site.behind.url(path), json={"is_draft": False}))[0] == 200
    await _until(200, lambda: site.bob.ask("GET", site.ahead.url(segment)))


async def _failed_logins_count_together(site: Site) -> None:
    stranger, (ahead, behind) = Client(site.session), site.hosts()
    for host, status in ((ahead, 401), (behind, 401), (ahead, 401), (behind, 429), (ahead, 429)):
        assert await stranger.log_in(host, password="wrong password") == status


async def _the_other_host_tells_how_far_an_encode_is(site: Site, video_id: int) -> None:
    worker = site.ahead.start("worker", "transcode", "--exit-when-idle", "1", TRANSCODE_ENCODER="libx264")
    found = []
    url = site.behind.url(f"/api/video/{video_id}/events/")
    async with asyncio.timeout(120), site.session.get(url, cookies=site.ada.cookies) as stream:
        assert stream.status == 200
        async for line in stream.content:
            if line.startswith(b"data: "):
                found.append(json.loads(line[6:])["status"])
    assert found[0] != found[-1] == "ready"
    assert await asyncio.to_thread(worker.wait, 60) == 0


async def _nginx_uses_both_and_does_without_one(
    site: Site, video_id: int, nginx: str, data: str, scratch: Path
) -> None:
    port = free_port()
    scratch.mkdir()
    text = fill(
        "nginx.conf.template",
        listen=f"127.0.0.1:{port}",
        upstream=f"{site.ahead.address}:{WEB_PORT}; server {site.behind.address}:{WEB_PORT}",
        films=Path(data) / "media" / "films",
        scratch=scratch,
        log=scratch / "log",
        origins="",
        trusted_origins="",
        frontend="",
    )
    (scratch / "nginx.conf").write_text(text)
    async with running(nginx, scratch, port):
        home, segment = (f"http://127.0.0.1:{port}{path}" for path in ("/api/home/", SEGMENT.format(video_id)))
        for url in (home, home, home, home, segment, segment):
            assert (await site.bob.ask("GET", url))[0] == 200
        for host in site.hosts():
            async with site.session.get(host.url("/metrics"), headers={"Authorization": f"Bearer {TOKEN}"}) as answer:
                assert 'requests_total{method="GET",route="/api/home/",status="200"}' in await answer.text()
        site.ahead.processes[0].kill()
        for url in (home, home, segment):
            assert (await site.bob.ask("GET", url))[0] == 200


async def _until(status: int, ask: Callable[[], Awaitable[tuple[int, Any]]]) -> None:
    """A change reaches the other host by a notification, before anything expires."""
    async with asyncio.timeout(4):
        while (await ask())[0] != status:
            await asyncio.sleep(0.05)
