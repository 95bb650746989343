"""DELIVERY=cdn in a browser: a real nginx checks the signed addresses that players find in playlists."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Page, Request
from yarl import URL

from tests.films import Films
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.gateway import Cdn, cdn_environ
from tests.fixtures.player import Watch
from tests.fixtures.viewer_pages import OpenTab, log_in
from videoflix.streaming import signing

SECONDS = 20


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return {**environ, **cdn_environ()}


class Requests:
    """The requests of a page to the CDN and to the API, and the statuses of the CDN."""

    def __init__(self, page: Page, cdn: str) -> None:
        self.of_cdn: list[str] = []
        self.of_api: list[str] = []
        self.statuses: list[int] = []
        self._cdn = cdn
        page.on("request", self._add)
        page.on("response", lambda answer: self.statuses.append(answer.status) if cdn in answer.url else None)

    def _add(self, request: Request) -> None:
        path = URL(request.url).path
        if request.url.startswith(self._cdn):
            self.of_cdn.append(path)
        elif path.startswith("/api/video/"):
            self.of_api.append(path)


async def _until(page: Page, condition: str) -> None:
    async with asyncio.timeout(90):
        while not await page.evaluate(
            f"(() => {{ const video = document.querySelector('video'); return {condition} }})()"
        ):
            await asyncio.sleep(0.1)


async def test_players_load_segments_from_the_cdn_and_new_addresses_when_theirs_have_expired(
    worker: None,
    bring: Bring,
    wait: Wait,
    films: Films,
    cdn: Cdn,
    watch: Watch,
    open_tab: OpenTab,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    video_id = await bring(films.make("cdn.mp4", rate="5", seconds=SECONDS))
    await wait(video_id)
    playlist = f"/api/video/{video_id}/480p/index.m3u8"

    # a frontend on another origin, which sends its cookies everywhere
    frontend = await watch(playlist)
    await frontend.until("video.currentTime > 1")
    buffered = await frontend.events("buffered")
    assert buffered
    assert await frontend.events("error") == []
    loaded = await frontend.page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    assert [URL(one).path for one in loaded if "/api/video/" in one] == [playlist]
    assert len([one for one in loaded if one.startswith(cdn.files)]) >= len(buffered)
    await frontend.page.close()

    # the own player: the addresses that it gets first have expired
    sign, signed = signing.Signer.folder, list[float]()

    def first_long_ago(self: signing.Signer, path: str, duration: float, session: UUID, now: float) -> Any:
        signed.append(now)
        return sign(self, path, duration, session, now if len(signed) > 1 else now - 86_400)

    monkeypatch.setattr(signing.Signer, "folder", first_long_ago)
    tab = await open_tab(expected="410")
    requests = Requests(tab, cdn.files)
    await log_in(tab, f"/watch/{video_id}/?t=14")
    await _until(tab, "video.currentTime > 14.5 && !video.paused")
    assert requests.statuses[0] == 410
    assert set(requests.statuses[1:]) == {200}
    assert [path for path in requests.of_api if path.endswith(".ts")] == []
    assert requests.of_api.count(playlist) == 2

    # the server hears of it rarely, as there is little else that it is asked
    await _until(tab, "video.currentTime > 16")
    async with tab.expect_request("**/api/me/progress/*/") as report:
        await tab.keyboard.press("k")
    told: Any = (await report.value).post_data_json
    assert told["every"] == 300
    assert told["played"] == [[pytest.approx(14, abs=0.5), told["position"]]]
