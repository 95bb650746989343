import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fixtures.services import Services
from tests.hosts.network import PATH, Network, network, run
from tests.programs import skip_or_fail


@pytest.fixture
async def hosts(services: Services, environ: dict[str, str], tmp_path: Path) -> AsyncIterator[Network]:
    """A network to add hosts to. They have the PostgreSQL, the Redis and the data folder of the test."""
    _check_that_hosts_can_be_made()
    paths = services.paths
    sockets = {"postgres": paths.postgres_socket / ".s.PGSQL.5432", "redis": paths.redis_socket / "redis.sock"}
    async with network(environ, sockets, tmp_path) as made:
        yield made


def _check_that_hosts_can_be_made() -> None:
    """Otherwise the test is skipped; in CI it fails."""
    missing = [program for program in ("ip", "faketime") if shutil.which(program, path=PATH) is None]
    if os.geteuid() != 0:
        skip_or_fail("network namespaces need root")
    if missing:
        skip_or_fail(f"not installed: {', '.join(missing)}")
    try:
        run("ip", "netns", "add", "vf-trial")
        run("ip", "netns", "del", "vf-trial")
    except subprocess.CalledProcessError as refusal:
        skip_or_fail(f"this machine permits no network namespaces: {refusal.stderr}")
