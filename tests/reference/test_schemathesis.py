"""Schemathesis sends what the OpenAPI document allows and forbids, as nobody, a member and an administrator.

By default the examples of each operation, and values at the limits for five seconds, the same each time.
`SCHEMATHESIS_SECONDS=60 bin/test tests/reference` tries as each of them for so long, with random ones as well; as an
administrator all values at the limits take about a minute.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestServer

from tests.fixtures.app import Serve
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import PASSWORD
from videoflix.accounts.queries import users
from videoflix.app import create_app
from videoflix.db.pool import Database
from videoflix.settings import Settings

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
HOOKS = CONFIGURATION.with_name("schemathesis_hooks.py")
QUICK = ("--phases", "examples,coverage", "--max-time", "5", "--generation-deterministic")
THOROUGH = (
    *("--phases", "examples,coverage,fuzzing", "--max-examples", "50", "--generation-database", "none"),
    "--max-time",
)
SECONDS = os.environ.get("SCHEMATHESIS_SECONDS")
OPTIONS = (
    *(QUICK if SECONDS is None else (*THOROUGH, SECONDS)),
    *("--checks", "all", "--continue-on-failure", "--no-shrink", "--suppress-health-check", "all"),
    # They would be sent beside the token, which decides.
    *("--generation-with-security-parameters", "false"),
    *("--warnings", "off", "--no-color", "--output-truncate", "true"),
)


@pytest.fixture
async def server(settings: Settings, aiohttp_server: Serve, publish: Publish) -> TestServer:
    """With a film. Uploads are small: a large one is refused for want of space, which is an answer of the disk."""
    await publish()
    return await aiohttp_server(create_app(replace(settings, max_upload_size=1_000_000)))


@pytest.mark.parametrize("role", ["nobody", "member", "admin"])
async def test_answers_are_those_of_the_document(
    server: TestServer, database: Database, make_user: MakeUser, password_hash: str, tmp_path: Path, role: str
) -> None:
    # The first account is the one of the examples: it may be changed and deleted.
    await make_user("example@example.org")
    await make_user("member@example.org")
    async with database.connection() as connection:
        await users.insert_admin(connection, "admin@example.org", password_hash)
    token, own = ("", {}) if role == "nobody" else await _log_in(server, role)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "run", *OPTIONS),
        *(("--header", f"Authorization: Bearer {token}") if token else ()),
        str(server.make_url("/api/openapi.json")),
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS), "SCHEMATHESIS_OWN": json.dumps(own)},
        stdout=PIPE,
        stderr=STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode(errors="replace")


async def _log_in(server: TestServer, role: str) -> tuple[str, dict[str, str]]:
    """The access token of a new session, and its ids by the paths that they follow."""
    jar = CookieJar(unsafe=True)  # the server has an IP address for a name
    async with ClientSession(server.make_url("/"), cookie_jar=jar, raise_for_status=True) as client:
        login = {"email": f"{role}@example.org", "password": PASSWORD}
        answer = await client.post("/api/login/", json=login)
        sessions = await (await client.get("/api/me/sessions/")).json()
        profiles = (await (await client.get("/api/me/profiles/")).json())["profiles"]
        own = {
            "/api/admin/users/": (await answer.json())["user"]["id"],
            "/api/me/sessions/": next(one["id"] for one in sessions if one["current"]),
            "/api/me/profiles/": profiles[0]["id"],
        }
        return answer.cookies["access_token"].value, {path: str(each) for path, each in own.items()}
