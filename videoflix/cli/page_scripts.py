"""Installs the scripts and the font of the pages with npm. Without them browsers load the scripts from a CDN."""

import asyncio
import os
import shutil
import signal
from pathlib import Path

from videoflix.server.children import die_with_parent
from videoflix.server.output import log_hint, record, say

NPM = ("npm", "ci", "--omit=dev", "--fetch-retries=0")
INSTEAD = "browsers load the scripts of the player from a CDN instead"


def is_missing(home: Path) -> bool:
    """Whether the checkout lists packages that are not installed in it."""
    listed, installed = home / "package-lock.json", home / "node_modules" / ".package-lock.json"
    if not listed.exists():
        return False
    return not installed.exists() or installed.stat().st_mtime < listed.stat().st_mtime


async def install(home: Path) -> None:
    """Run npm in the checkout. A server without the scripts works as well, so failures are only reported."""
    if not shutil.which("npm"):
        say("videoflix", f"npm is not installed; {INSTEAD}. To serve them from here, install Node.js and start again")
        return
    process = await asyncio.create_subprocess_exec(
        *NPM,
        cwd=home,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )
    try:
        assert process.stdout
        while line := await process.stdout.readline():
            record("npm", line.decode("utf-8", "replace").rstrip())
        status = await process.wait()
    except asyncio.CancelledError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        raise
    if status:
        say("videoflix", f"npm failed; {INSTEAD}. The next start tries it again.{log_hint()}")
