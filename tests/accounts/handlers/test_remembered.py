from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientResponse

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser
from tests.fixtures.services import PASSWORD
from videoflix.app import create_app
from videoflix.db.pool import Database
from videoflix.settings import Settings

DAY, REMEMBERED = 86_400, 90 * 86_400
EMAIL = "bob@example.org"


@pytest.fixture
async def viewer(settings: Settings, aiohttp_client: Callable[..., Awaitable[Client]], make_user: MakeUser) -> Client:
    """A client of a server whose access tokens expire after a second."""
    await make_user(EMAIL)
    return await aiohttp_client(create_app(replace(settings, access_token_lifetime=1)))


async def _log_in(client: Client, **more: Any) -> ClientResponse:
    answer = await client.post("/api/login/", json={"email": EMAIL, "password": PASSWORD, **more})
    assert answer.status == 200
    return answer


def _ages(answer: ClientResponse) -> dict[str, int]:
    return {name: int(cookie["max-age"]) for name, cookie in answer.cookies.items()}


async def _days_left(database: Database) -> float:
    async with database.connection() as connection:
        left: float = await connection.fetchval(
            "SELECT extract(epoch FROM expires_at - now())::double precision / 86400 FROM sessions"
        )
    return left


async def _use_up(database: Database) -> None:
    """A day before the session ends."""
    async with database.connection() as connection:
        await connection.execute("UPDATE sessions SET expires_at = now() + interval '1 day'")


@pytest.mark.parametrize("remember", [True, "on", "true"])
async def test_a_remembered_session_lasts_for_ninety_days(
    viewer: Client, database: Database, remember: object
) -> None:
    ages = _ages(await _log_in(viewer, remember=remember))
    assert ages == {"access_token": 1, "refresh_token": REMEMBERED, "csrftoken": REMEMBERED}
    assert await _days_left(database) == pytest.approx(90, abs=0.1)


@pytest.mark.parametrize(
    "body", [{}, {"remember": False}, {"remember": None}, {"remember": "maybe"}, {"remember": 7}]
)
async def test_other_sessions_last_for_a_day_and_do_not_slide(
    viewer: Client, database: Database, body: dict[str, Any]
) -> None:
    assert _ages(await _log_in(viewer, **body))["refresh_token"] == DAY
    async with database.connection() as connection:
        await connection.execute("UPDATE sessions SET expires_at = now() + interval '1 hour'")
    assert set(_ages(await viewer.post("/api/token/refresh/"))) == {"access_token"}
    assert await _days_left(database) < 0.1


async def test_a_refresh_lets_a_remembered_session_last_longer(viewer: Client, database: Database) -> None:
    await _log_in(viewer, remember=True)
    await _use_up(database)
    answer = await viewer.post("/api/token/refresh/")
    assert set(await answer.json()) == {"detail", "access"}
    assert answer.content_type == "application/json"
    assert _ages(answer)["refresh_token"] == REMEMBERED
    assert await _days_left(database) == pytest.approx(90, abs=0.1)


async def test_watching_lets_a_remembered_session_last_longer(viewer: Client, database: Database) -> None:
    answer = await _log_in(viewer, remember=True)
    await _use_up(database)
    refresh = answer.cookies["refresh_token"].value
    viewer.session.cookie_jar.clear()
    answer = await viewer.get("/api/video/", headers={"Cookie": f"refresh_token={refresh}"})
    assert answer.status == 200
    assert set(_ages(answer)) == {"access_token", "refresh_token", "csrftoken"}
    assert await _days_left(database) == pytest.approx(90, abs=0.1)


async def test_a_session_that_was_ended_does_not_come_back(viewer: Client, database: Database) -> None:
    await _log_in(viewer, remember=True)
    refresh = viewer.session.cookie_jar.filter_cookies(viewer.make_url("/"))["refresh_token"].value
    assert (await viewer.post("/api/logout/")).status == 200
    headers = {"Cookie": f"refresh_token={refresh}"}
    assert (await viewer.post("/api/token/refresh/", headers=headers)).status == 401
    assert (await viewer.get("/api/video/", headers=headers)).status == 401
