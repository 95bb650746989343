"""Guests: what a link shows, the session that it opens, and what that cannot see."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar

from tests.fixtures.app import Client
from tests.fixtures.published import Publish
from tests.pages.documents import HTML, read
from videoflix.db.pool import Database

Visit = Callable[..., Awaitable[ClientResponse]]
WATCH = {"allow_redirects": False}


class Guest:
    """A browser without an account."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._session = ClientSession(cookie_jar=CookieJar(unsafe=True), headers=HTML)

    async def get(self, path: str, **options: Any) -> ClientResponse:
        return await self._session.get(self._client.make_url(path), **options)

    async def post(self, path: str, **options: Any) -> ClientResponse:
        options = {"data": {"password": ""}, "allow_redirects": False, **options}
        return await self._session.post(self._client.make_url(path), **options)

    async def close(self) -> None:
        await self._session.close()


@pytest.fixture
async def guests(logged_in: Client) -> AsyncIterator[Callable[[], Guest]]:
    """Open another browser."""
    opened: list[Guest] = []

    def browser() -> Guest:
        opened.append(Guest(logged_in))
        return opened[-1]

    yield browser
    for each in opened:
        await each.close()


Guests = Callable[[], Guest]


async def _link(client: Client, **body: Any) -> tuple[int, str]:
    """The id of a new link, and its path."""
    answer = await client.post("/api/admin/guest-links/", json=body)
    assert answer.status == 201
    created = await answer.json()
    return created["id"], "/guest/" + created["link"].rstrip("/").rpartition("/")[2] + "/"


async def _refused(guest: Guest, path: str, **options: Any) -> None:
    for answer in (await guest.get(path), await guest.post(path, **options)):
        assert answer.status == 404
        assert (await read(answer)).headings == ["This link is over"]


async def test_a_guest_watches_one_film_and_nothing_else(
    logged_in: Client, publish: Publish, guests: Guests, database: Database
) -> None:
    film, other = await publish("Alien"), await publish("Brazil")
    _, path = await _link(logged_in, video_id=film)
    guest = guests()
    shown = await read(await guest.get(path))
    assert shown.headings == ["Alien"]
    answer = await guest.post(path)
    assert (answer.status, answer.headers["Location"]) == (303, f"/film/{film}/")
    page = await read(await guest.get("/"))  # leads to the film
    assert page.headings == ["Alien"]
    assert not {"/search/", "/list/", "/history/", "/account/"} & set(page.links)
    for playing in (f"/watch/{film}/", f"/api/video/{film}/master.m3u8", f"/api/video/{film}/480p/000.ts"):
        assert (await guest.get(playing)).status == 200
    assert (await guest.get(f"/film/{other}/")).status == 404
    assert (await guest.get(f"/api/video/{other}/480p/000.ts")).status == 404
    for forbidden in ("/list/", "/search/", "/account/", "/api/me/", "/api/video/", "/api/admin/users/"):
        assert (await guest.get(forbidden)).status == 403
    assert (await read(await guest.get("/history/"))).headings == ["This is not part of your invitation"]
    async with database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT user_id, expires_at - now() < '24:00:01' AS is_short FROM sessions "
            "WHERE guest_link_id IS NOT NULL"
        )
    assert row is not None
    assert tuple(row) == (None, True)
    assert (await guest.post("/logout/")).status == 303
    assert (await guest.get(f"/film/{film}/", **WATCH)).status == 303


async def test_a_link_is_used_as_often_as_allowed(logged_in: Client, publish: Publish, guests: Guests) -> None:
    _, path = await _link(logged_in, video_id=await publish("Alien"), max_uses=2)
    browsers = [guests() for _ in range(5)]
    answers = await asyncio.gather(*(each.post(path) for each in browsers))
    assert sorted(answer.status for answer in answers) == [303, 303, 404, 404, 404]
    inside = [each for each, answer in zip(browsers, answers, strict=True) if answer.status == 303]
    again = await inside[0].get(path, **WATCH)  # the own session does not need another use
    assert again.status == 303
    await _refused(guests(), path)


async def test_a_revoked_link_ends_what_is_watched(logged_in: Client, publish: Publish, guests: Guests) -> None:
    film = await publish("Alien")
    link_id, path = await _link(logged_in, video_id=film)
    guest = guests()
    await guest.post(path)
    segment = f"/api/video/{film}/480p/000.ts"
    assert (await guest.get(segment)).status == 200
    await logged_in.delete(f"/api/admin/guest-links/{link_id}/")
    async with asyncio.timeout(10):
        while (await guest.get(segment, headers={"Accept": "*/*"})).status != 401:
            await asyncio.sleep(0.05)
    await _refused(guest, path)


async def test_an_expired_link_and_an_unknown_one_are_over(
    logged_in: Client, publish: Publish, guests: Guests, database: Database
) -> None:
    _, path = await _link(logged_in, video_id=await publish("Alien"))
    guest = guests()
    await guest.post(path)
    async with database.connection() as connection:
        await connection.execute("UPDATE guest_links SET expires_at = now() - interval '1 second'")
    await _refused(guests(), path)
    for unknown in ("/guest/x/", f"/guest/{'y' * 43}/", "/guest/%00/", "/guest/%F0%9F%8E%AC/"):
        await _refused(guests(), unknown)


async def test_a_password_comes_before_the_title_and_is_limited(
    logged_in: Client, publish: Publish, guests: Guests
) -> None:
    _, path = await _link(logged_in, video_id=await publish("Alien"), password="open sesame")
    guest = guests()
    answer = await guest.get(path)
    assert "Alien" not in await answer.text()
    for password in ("", "Open Sesame", *("x" * 9)):
        wrong = await guest.post(path, data={"password": password})
    assert wrong.status in (400, 429)
    assert "Alien" not in await wrong.text()
    assert (await guest.post(path, data={"password": "open sesame"})).status == 429
    _, another = await _link(logged_in, video_id=await publish("Brazil"), password="open sesame")
    assert (await guest.post(another, data={"password": "open sesame"})).status == 303


async def test_who_sees_it_anyway_does_not_use_the_link_up(
    logged_in: Client, publish: Publish, database: Database
) -> None:
    film = await publish("Alien")
    _, path = await _link(logged_in, video_id=film)
    for answer in (
        await logged_in.get(path, headers=HTML, allow_redirects=False),
        await logged_in.post(path, headers=HTML, data={"password": ""}, allow_redirects=False),
    ):
        assert (answer.status, answer.headers["Location"]) == (303, f"/film/{film}/")
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT uses FROM guest_links") == 0


async def test_a_draft_is_not_shown_and_its_link_not_used_up(
    logged_in: Client, publish: Publish, guests: Guests, database: Database
) -> None:
    film = await publish("Alien")
    _, path = await _link(logged_in, video_id=film)
    await logged_in.patch(f"/api/admin/videos/{film}/", json={"is_draft": True})
    assert (await guests().post(path)).status == 404
    await logged_in.patch(f"/api/admin/videos/{film}/", json={"is_draft": False})
    assert (await guests().post(path)).status == 303


async def test_a_guest_of_a_series_sees_its_episodes(
    logged_in: Client, publish: Publish, guests: Guests, database: Database
) -> None:
    films = [await publish(f"Part {number}") for number in (1, 2)]
    series = await (await logged_in.post("/api/admin/series/", json={"title": "Parts"})).json()
    await logged_in.post(f"/api/admin/series/{series['id']}/episodes/", json={"ids": films})
    async with database.connection() as connection:
        await connection.execute("UPDATE series SET group_ids = '{}'")
    _, path = await _link(logged_in, series_id=series["id"])
    guest = guests()
    answer = await guest.post(path)
    assert answer.headers["Location"] == f"/series/{series['id']}/"
    assert (await read(await guest.get("/"))).headings[:1] == ["Parts"]
    for film in films:
        assert (await guest.get(f"/watch/{film}/")).status == 200


async def test_a_guest_can_log_in(logged_in: Client, publish: Publish, guests: Guests) -> None:
    _, path = await _link(logged_in, video_id=await publish("Alien"))
    guest = guests()
    await guest.post(path)
    assert (await read(await guest.get("/login/"))).headings == ["Log in"]
