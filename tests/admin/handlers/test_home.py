"""The admin home: what runs and what has failed, the checklist, and the settings."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import EMAIL, PASSWORD
from videoflix.app import create_app
from videoflix.db.pool import Database
from videoflix.settings import Settings
from videoflix.storage import last_backup
from videoflix.storage.last_backup import LastBackup

PATHS = ("/api/admin/home/", "/api/admin/checks/", "/api/admin/settings/")


async def _get(client: Client, path: str) -> dict[str, Any]:
    answer = await client.get(path)
    assert answer.status == 200
    data: dict[str, Any] = await answer.json()
    return data


async def _add(database: Database, title: str, state: str, error: str | None = None, job: str | None = None) -> None:
    """A film whose only encode is in this state, with a unit in the state of `job`."""
    async with database.connection() as connection:
        encode_id = await connection.fetchval(
            "WITH v AS (INSERT INTO videos (title, description, category, original_bytes) VALUES ($1, '', '', 7) "
            "RETURNING id) INSERT INTO encodes (video_id, version, state, error) SELECT id, 1, $2, $3 FROM v "
            "RETURNING id",
            *(title, state, error),
        )
        if job:
            await connection.execute(
                "INSERT INTO jobs (encode_id, kind, number, state, frames, claim, heartbeat_at) "
                "VALUES ($1, 'unit', 0, $2, 150, CASE $2 WHEN 'running' THEN gen_random_uuid() END, "
                "CASE $2 WHEN 'running' THEN now() END)",
                *(encode_id, job),
            )


@pytest.mark.parametrize(
    ("playbacks", "seconds", "is_watching"),
    [
        ([], 25, True),
        ([], 35, False),
        ([{"session": "a", "order": 1, "position": 1}], 25, True),
        ([{"session": "a", "order": 1, "position": 1, "every": 300}], 315, True),
        ([{"session": "a", "order": 1, "position": 1, "every": 300}], 325, False),
    ],
)
async def test_somebody_watches_until_a_report_is_late(
    logged_in: Client,
    database: Database,
    publish: Publish,
    make_user: MakeUser,
    playbacks: list[dict[str, Any]],
    seconds: int,
    is_watching: bool,
) -> None:
    film, bob = await publish(), await make_user("bob@example.org")
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO watch_progress (profile_id, video_id, duration, played_at, playbacks) "
            "SELECT id, $2, 14, now() - make_interval(secs => $3), $4 FROM profiles WHERE user_id = $1",
            *(bob, film, seconds, json.dumps(playbacks)),
        )
    assert (await _get(logged_in, PATHS[0]))["viewers"]["total"] == is_watching


async def test_the_home_says_what_runs_and_what_has_failed(
    logged_in: Client, database: Database, publish: Publish, make_user: MakeUser
) -> None:
    film, bob = await publish("Tom &amp; Jerry"), await make_user("bob@example.org")
    await _add(database, "Begun", "encoding", job="running")
    await _add(database, "Planned", "encoding", job="queued")
    await _add(database, "New", "queued")
    await _add(database, "Broken", "failed", "It has no picture.")
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO watch_progress (profile_id, video_id, duration, played_at) "
            "SELECT id, $2, 14, now() FROM profiles WHERE user_id = $1",
            *(bob, film),
        )
        await connection.execute(
            "INSERT INTO mails (kind, user_id, language, state, error) "
            "VALUES ('reset', $1, 'en', 'failed', 'refused'), ('reset', $1, 'en', 'sent', NULL), "
            "('reset', $1, 'en', 'queued', NULL)",
            bob,
        )
    home = await _get(logged_in, PATHS[0])
    assert home["viewers"] == {"items": [{"id": film, "title": "Tom & Jerry", "viewers": 1}], "total": 1}
    assert [one["title"] for one in home["encoding"]["items"]] == ["Begun"]
    assert [one["title"] for one in home["waiting"]["items"]] == ["Planned", "New"]
    assert [(one["title"], one["error"]) for one in home["failed"]["items"]] == [("Broken", "It has no picture.")]
    (mail,) = home["mails"]["items"]
    assert (mail["email"], mail["error"], mail["is_final"]) == ("bob@example.org", "refused", True)
    assert home["uploads"] == {"items": [], "total": 0}
    assert (home["disk"]["videos"], home["disk"]["originals"]) == (5, 28)
    assert home["disk"]["free"] > 0


async def test_the_checklist_says_what_is_left_to_do(
    settings: Settings,
    database: Database,
    admin: int,
    make_user: MakeUser,
    aiohttp_client: Callable[..., Awaitable[Client]],
) -> None:
    ready = replace(
        settings,
        disk_floor=0,
        email_backend="console",
        host="127.0.0.1",
        public_url="https://films.example.org",
        frontend_base_url="http://127.0.0.1:1",
        allowed_hosts=("films.example.org", "127.0.0.1"),
    )
    client = await aiohttp_client(create_app(ready))
    await client.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
    last_backup.write(
        settings.data_dir,
        LastBackup(finished_at=datetime.now(UTC), folder="/backup", bytes=1, has_originals=True, has_films=True),
    )
    second = await make_user("eve@example.org")
    async with database.connection() as connection:
        await connection.execute("UPDATE users SET is_staff = true WHERE id = $1", second)
    steps = {one["name"]: one for one in (await _get(client, PATHS[1]))["items"]}
    done = {name: one["is_done"] for name, one in steps.items()}
    assert {name: done[name] for name in ("mail", "address", "admins", "backup")} == {
        "mail": False,
        "address": False,
        "admins": True,
        "backup": True,
    }
    assert "EMAIL_BACKEND=smtp" in steps["mail"]["findings"][0]["message"]
    assert steps["address"]["findings"][0]["mark"] == "warning"
    assert "/backup" in steps["backup"]["findings"][0]["message"]


async def test_settings_are_listed_with_their_source_and_without_secrets(
    environ: dict[str, str], admin: int, aiohttp_client: Callable[..., Awaitable[Client]]
) -> None:
    secrets = {"EMAIL_HOST_PASSWORD": "secret-of-mail", "ADMIN_PASSWORD": "secret-of-admin"}
    changed = {"LADDER": "480,720", "DJANGO_SUPERUSER_EMAIL": "ada@example.org", "LIMIT_MAILS": "off", **secrets}
    settings = Settings.from_env({**environ, **changed}, {"LADDER": ".env", "DJANGO_SUPERUSER_EMAIL": "environment"})
    client = await aiohttp_client(create_app(settings))
    await client.post("/api/login/", json={"email": EMAIL, "password": PASSWORD})
    answer = await client.get(PATHS[2])
    text = await answer.text()
    items = {one["name"]: (one["value"], one["source"]) for one in (await answer.json())["items"]}
    assert items["LADDER"] == ("480, 720", ".env")
    assert items["ADMIN_EMAIL"] == ("ada@example.org", "environment")
    assert items["LIMIT_MAILS"] == ("off", "default")
    assert items["TIME_ZONE"] == ("UTC", "default")
    assert not items.keys() & Settings.secret_variables()
    for secret in (*secrets.values(), settings.secret_key, settings.db_password, settings.redis_location):
        assert secret not in text


@pytest.mark.parametrize("path", PATHS)
async def test_only_administrators_see_the_home(client: Client, make_user: MakeUser, path: str) -> None:
    await make_user("bob@example.org")
    assert (await client.get(path)).status == 401
    await client.post("/api/login/", json={"email": "bob@example.org", "password": PASSWORD})
    assert (await client.get(path)).status == 403
