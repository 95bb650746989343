"""The whole way of a viewer in a browser: from the login to the end of a film."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Response, expect
from yarl import URL

from tests.films import Films
from tests.fixtures.admin_pages import accessibility_violations
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.player import Release
from tests.fixtures.published import Publish
from tests.fixtures.services import EMAIL, PASSWORD
from tests.fixtures.viewer_pages import OpenTab, log_in
from videoflix.accounts.queries import sessions
from videoflix.db.pool import Database
from videoflix.library.models import Captions, Episode
from videoflix.library.queries import captions, series
from videoflix.queue.models import JobKind

SECONDS = 320  # long enough to be resumed
# Keeps the wake locks that the page takes.
LOCKS = """
const request = navigator.wakeLock.request.bind(navigator.wakeLock);
window.locks = [];
navigator.wakeLock.request = async (kind) => {
  const lock = await request(kind);
  locks.push(lock);
  return lock;
};
"""
# The controls learn of these a moment after the document and the video, and decide by them what a key does.
FULL = "document.querySelector('media-controller').hasAttribute('mediaisfullscreen')"
PLAYS = "!document.querySelector('media-controller').hasAttribute('mediapaused')"
CUES = "WEBVTT\n\n00:00:01.000 --> 00:05:00.000\nHello there.\n"


@pytest.fixture
def chromium() -> str | None:
    """The one with windows, which keeps the screen on and goes back and forth from memory."""
    return shutil.which("chromium")


@pytest.fixture
def film(films: Films) -> Path:
    """A long film of few pictures, with two audio tracks, which are silent: tones take much longer to encode."""
    target = films.folder / "viewer.mkv"
    if not target.exists():
        silence = ("-f", "lavfi", "-i", f"anullsrc=duration={SECONDS}:sample_rate=44100")
        films.run(
            *("-f", "lavfi", "-i", f"testsrc2=size=720x720:rate=2:duration={SECONDS}"),
            *(*silence, *silence, "-map", "0", "-map", "1", "-map", "2"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "40", "-c:a", "aac", "-b:a", "32k"),
            *("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger", str(target)),
        )
    return target


async def _time(tab: Page) -> float:
    seconds: float = await tab.evaluate("document.querySelector('video').currentTime")
    return seconds


async def _until(tab: Page, condition: str) -> None:
    """Wait until there is a `video`, and an expression about it is true. Playwright's own way needs `unsafe-eval`."""
    async with asyncio.timeout(90):
        script = f"(() => {{ const video = document.querySelector('video'); return video && ({condition}) }})()"
        while not await tab.evaluate(script):
            await asyncio.sleep(0.1)


async def _play_to_the_end(tab: Page) -> None:
    await tab.evaluate(f"document.querySelector('video').currentTime = {SECONDS - 2}")
    await tab.evaluate("document.querySelector('video').play()")
    await _until(tab, "video.ended")


def _reports_more_than(seconds: float) -> Callable[[Response], bool]:
    """Whether a response is that to a report of a position beyond so many seconds."""

    def matches(answer: Response) -> bool:
        return "/api/me/progress/" in answer.url and (answer.request.post_data_json or {})["position"] > seconds

    return matches


async def _choose(tab: Page, menu: str, item: str) -> None:
    """Choose from the settings. Events instead of clicks, as the controls hide themselves on a slow machine."""
    await tab.get_by_role("button", name="Settings").dispatch_event("click")
    await tab.get_by_role("menuitem", name=menu).dispatch_event("click")
    await tab.get_by_role("menuitemradio", name=item, exact=True).dispatch_event("click")
    await tab.keyboard.press("Escape")


async def test_a_film_is_watched_resumed_and_finished(
    worker: None,
    bring: Bring,
    wait: Wait,
    publish: Publish,
    open_tab: OpenTab,
    admin: int,
    database: Database,
    film: Path,
) -> None:
    video_id = await bring(film)
    await wait(video_id)
    async with asyncio.timeout(90), database.connection() as connection:
        while await connection.fetchval("SELECT count(*) FROM audio_tracks WHERE completed_at IS NULL"):
            await asyncio.sleep(0.1)  # it may take longer than the film
        await captions.insert(connection, video_id, Captions(language="en", name="English", text=CUES))
    tab = await open_tab(expected=r"ERR_INTERNET_DISCONNECTED|401 \(Unauthorized\)")
    await tab.add_init_script(LOCKS)
    await log_in(tab)

    await tab.get_by_role("link", name="Play", exact=True).click()
    await _until(tab, "!video.paused && video.currentTime > 0.5 && locks.at(-1)?.released === false")
    assert await accessibility_violations(tab) == []

    # media-chrome's menus: captions, audio and quality
    await _choose(tab, "Captions", "English")
    await _until(tab, "[...video.textTracks].some((one) => one.mode === 'showing' && one.activeCues?.length)")
    await _choose(tab, "Audio", "Deutsch")
    await _until(tab, "video.audioTracks[1].enabled")
    await _choose(tab, "Quality", "480p")
    await _until(tab, "video.videoHeight === 480")
    await _choose(tab, "Speed", "2x")
    await _until(tab, "video.playbackRate === 2")

    # the network is lost, and another quality would have to be loaded
    await tab.context.set_offline(True)
    await _choose(tab, "Quality", "720p")
    await expect(tab.locator("#message")).to_contain_text("The connection is lost.")
    await tab.context.set_offline(False)
    await _until(tab, "!video.paused && video.videoHeight === 720")
    await expect(tab.locator("#message")).to_be_hidden()

    # stop, and go on at the same second, also after the session has ended
    await tab.evaluate("document.querySelector('video').currentTime = 200")
    await _until(tab, "video.currentTime > 201")
    async with tab.expect_response(_reports_more_than(201)) as report:
        await tab.keyboard.press("k")
    told: Any = (await report.value).request.post_data_json
    assert told["every"] == 10
    assert told["played"] == [[pytest.approx(200, abs=1), told["position"]]]
    await _until(tab, "video.paused && !video.ended && locks.at(-1).released")
    stopped = await _time(tab)
    await tab.goto("/")
    await tab.get_by_role("region", name="Continue watching").get_by_role("link").first.click()
    await _until(tab, "video.readyState > 1")
    assert abs(await _time(tab) - stopped) < 2
    assert await tab.evaluate("document.querySelector('video').defaultPlaybackRate") == 2
    async with database.transaction() as connection:
        await sessions.revoke_all(connection, admin)
    await tab.evaluate("document.querySelector('video').currentTime = 100")
    await tab.evaluate("document.querySelector('video').videoRenditions.selectedIndex = 0")
    await tab.wait_for_url("**/login/?next=**", timeout=90_000)
    left_at = int(URL(URL(tab.url).query["next"]).query["t"])
    assert left_at >= 100
    await tab.get_by_label("E-mail").fill(EMAIL)
    await tab.get_by_label("Password").fill(PASSWORD)
    await tab.keyboard.press("Enter")
    await tab.wait_for_url(f"**/watch/{video_id}/?t=*")
    await _until(tab, "video.readyState > 1")
    assert abs(await _time(tab) - left_at) < 2

    # the end: the next episode of a series would start by itself
    following = await publish("Planet S01E02 Storm")
    async with database.connection() as connection:
        series_id = await series.insert(connection, "Planet", "")
        episodes = [
            Episode(id=one, title="", season=1, number=number) for number, one in ((1, video_id), (2, following))
        ]
        await series.set_episodes(connection, series_id, episodes)
    await tab.reload()
    await _until(tab, "video.readyState > 1")
    await tab.keyboard.press("n")
    await tab.wait_for_url(f"**/watch/{following}/")
    await tab.keyboard.press("Shift+P")
    await tab.wait_for_url(f"**/watch/{video_id}/")
    await _until(tab, "video.readyState > 1")
    await _play_to_the_end(tab)
    await expect(tab.get_by_role("timer")).to_contain_text("Starts in")
    assert await accessibility_violations(tab) == []
    cancel, following_link = (
        tab.get_by_role("button", name="Cancel"),
        tab.get_by_role("link", name="Next: S1 E2 · Storm"),
    )
    await expect(cancel).to_be_focused()
    await tab.keyboard.press("ArrowLeft")
    await expect(following_link).to_be_focused()
    await tab.keyboard.press("ArrowRight")
    await expect(cancel).to_be_focused()
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("timer")).to_be_hidden()
    await expect(following_link).to_be_focused()
    await _play_to_the_end(tab)
    await tab.wait_for_url(f"**/watch/{following}/")
    await tab.goto("/")
    following_card = tab.get_by_role("region", name="Continue watching").get_by_role("link", name="Planet")
    await expect(following_card).to_have_attribute("href", f"/watch/{following}/")
    await tab.goto(f"/series/{series_id}/")
    await expect(tab.get_by_text("Watched", exact=True)).to_be_visible()
    await expect(tab.get_by_role("link", name="Play S1 E2")).to_be_visible()


async def test_a_film_is_watched_while_it_grows(
    worker: None, bring: Bring, wait: Wait, release: Release, open_tab: OpenTab, admin: int, films: Films
) -> None:
    video_id = await bring(films.make("growing.mp4", size="720x480", rate="24", seconds=42))
    await release(JobKind.INGEST)
    progress = await wait(video_id, lambda now: now.units_total > 2)
    await release(JobKind.AUDIO)
    await release(JobKind.UNIT, 0)
    await release(JobKind.UNIT, 1)
    await wait(video_id, lambda now: now.units_done == 2)
    tab = await open_tab()
    await log_in(tab, f"/film/{video_id}/")
    await expect(tab.get_by_text("You can already watch the beginning.")).to_be_visible()
    await tab.get_by_role("link", name="Play").click()
    await expect(tab.get_by_text("Ready so far")).to_contain_text("of 0:42")
    name, ready = await tab.locator(".above .name").bounding_box(), await tab.locator("#ready").bounding_box()
    assert name
    assert ready
    assert name["y"] < name["y"] + name["height"] <= ready["y"] < ready["y"] + ready["height"]
    await _until(tab, "video.currentTime > 0.3")
    await tab.evaluate("document.querySelector('video').playbackRate = 2")
    await expect(tab.get_by_text("Playback goes on by itself.")).to_be_visible()
    for number in range(2, progress.units_total):
        await release(JobKind.UNIT, number)
    await _until(tab, "video.ended")


async def test_everything_works_with_the_keyboard_alone(
    worker: None, bring: Bring, wait: Wait, open_tab: OpenTab, admin: int, films: Films
) -> None:
    video_id = await bring(films.make("keys.mp4", size="320x240", rate="10", seconds=40))
    await wait(video_id)
    tab = await open_tab()
    await tab.goto("/")
    await tab.keyboard.type(EMAIL)
    await tab.keyboard.press("Tab")
    await tab.keyboard.type(PASSWORD)
    await tab.keyboard.press("Enter")
    await tab.wait_for_url(lambda url: "/login/" not in url)
    await _tab_to(tab, "Play")
    await tab.keyboard.press("Enter")
    await tab.wait_for_url(f"**/watch/{video_id}/")
    await _until(tab, "!video.paused && video.currentTime > 0.3")
    for keys, condition in (
        ("k", "video.paused"),
        ("5", "Math.abs(video.currentTime - 20) < 1"),
        ("l", "Math.abs(video.currentTime - 30) < 1"),
        ("j", "Math.abs(video.currentTime - 20) < 1"),
        # two at once
        ("j l", "Math.abs(video.currentTime - 20) < 1"),
        ("ArrowRight ArrowRight ArrowLeft", "Math.abs(video.currentTime - 30) < 1"),
        ("m", "video.muted"),
        (">", "video.playbackRate > 1"),
        ("f", f"document.fullscreenElement?.id === 'main' && {FULL}"),
        ("f", f"!document.fullscreenElement && !{FULL}"),
        ("Space", f"!video.paused && {PLAYS}"),
    ):
        for key in keys.split():
            await tab.keyboard.press(key)
        await _until(tab, condition)
    # nothing has the focus, as after a menu that was closed while it opened
    await tab.evaluate("document.activeElement.blur()")
    await tab.keyboard.press("k")
    await _until(tab, "video.paused && !video.ended")
    await tab.keyboard.press("?")
    await expect(tab.get_by_role("dialog")).to_be_visible()
    await tab.keyboard.press("Escape")
    await _tab_to(tab, "Back to the film", backwards=True)
    await tab.keyboard.press("Enter")
    await tab.wait_for_url(f"**/film/{video_id}/")
    await _watch_with_a_remote_control(tab, video_id)


async def _watch_with_a_remote_control(tab: Page, video_id: int) -> None:
    """Arrows, Enter and nothing else."""
    await tab.goto("/")
    await _move_to(tab, "ArrowDown", "Play")
    await tab.keyboard.press("Enter")
    await tab.wait_for_url(f"**/watch/{video_id}/")
    await _until(tab, "!video.paused && video.currentTime > 0.3")
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("button", name="Play").and_(tab.locator(":focus"))).to_be_visible()
    await tab.keyboard.press("Enter")
    await _until(tab, "!video.paused")
    await _move_to(tab, "ArrowRight", "Settings")
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("menuitem", name="Quality")).to_be_focused()
    await tab.keyboard.press("Escape")
    await expect(tab.get_by_role("button", name="Settings")).to_be_focused()
    before = await tab.evaluate("document.querySelector('video').currentTime")
    for key in ("ArrowUp", "ArrowUp", "Enter"):
        await tab.keyboard.press(key)
    await tab.wait_for_url(f"**/film/{video_id}/")
    assert before < 20, "an arrow that moves the focus does not seek"


async def _move_to(tab: Page, key: str, name: str) -> None:
    """Press an arrow key until the element of this name has the focus."""
    for _ in range(20):
        if await _focused(tab) == name:
            return
        await tab.keyboard.press(key)
    raise AssertionError(f"{name} cannot be reached")


async def _focused(tab: Page) -> str:
    name: str = await tab.evaluate("(document.activeElement.ariaLabel ?? document.activeElement.textContent).trim()")
    return name


async def _tab_to(tab: Page, name: str, *, backwards: bool = False) -> None:
    for _ in range(40):
        await tab.keyboard.press("Shift+Tab" if backwards else "Tab")
        if await _focused(tab) == name:
            return
    raise AssertionError(f"{name} cannot be reached")


async def test_the_back_button_shows_nothing_after_the_logout(open_tab: OpenTab, admin: int) -> None:
    tab = await open_tab()
    await log_in(tab, "/account/")
    await expect(tab.locator("#main").get_by_text(EMAIL).first).to_be_visible()
    await tab.get_by_label("Account", exact=True).click()
    await tab.get_by_role("button", name="Log out", exact=True).click()
    await tab.wait_for_url("**/login/")
    await tab.go_back()
    await tab.wait_for_url("**/login/?next=/account/")
    await expect(tab.get_by_text(EMAIL)).to_have_count(0)


async def test_films_are_found_as_one_types(open_tab: OpenTab, admin: int, publish: Publish) -> None:
    await publish("Metropolis")
    tab = await open_tab("phone")
    await log_in(tab, "/search/")
    await tab.get_by_role("searchbox", name="Search films").press_sequentially("metropolsi")
    await expect(tab.get_by_role("link", name="Metropolis")).to_be_visible()
    await expect(tab.get_by_role("searchbox", name="Search films")).to_be_focused()
    assert tab.url.endswith("?q=metropolsi")
