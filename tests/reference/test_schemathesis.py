"""Schemathesis sends what the OpenAPI document allows and forbids, as nobody, a member and an administrator.

A few examples of each operation by default. `SCHEMATHESIS_SECONDS=300 bin/test tests/reference` tries as each of them
for so long, with more examples, other ones each time, and all values at the limits.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession
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
QUICK = ("--phases", "examples,fuzzing", "--max-examples", "2", "--max-time", "6", "--generation-deterministic")
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
    login = () if role == "nobody" else ("--header", f"Authorization: Bearer {await _token(server, role)}")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "run", *OPTIONS, *login),
        str(server.make_url("/api/openapi.json")),
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS)},
        stdout=PIPE,
        stderr=STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode(errors="replace")


async def _token(server: TestServer, role: str) -> str:
    """The access token of a new session."""
    async with ClientSession() as client:
        answer = await client.post(
            server.make_url("/api/login/"), json={"email": f"{role}@example.org", "password": PASSWORD}
        )
        return answer.cookies["access_token"].value
