"""Apply the migrations that are missing, and create the administrator of ADMIN_EMAIL and ADMIN_PASSWORD."""

import argparse
import asyncio
from collections.abc import Mapping

from videoflix.accounts.admins import ensure_admin
from videoflix.cli.configuration import gather
from videoflix.db.pool import open_database
from videoflix.schema import migrate
from videoflix.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = Settings.from_env(gather(environ))
    print("\n".join(f"applied {name}" for name in migrate(settings)) or "the schema is up to date")
    if settings.admin_email and settings.admin_password and asyncio.run(_create_admin(settings)):
        print(f"created the administrator {settings.admin_email}")
    return 0


async def _create_admin(settings: Settings) -> bool:
    """Whether it was created: an account that exists is not changed."""
    database = await open_database(settings, most=1)
    try:
        return await ensure_admin(settings, database, settings.admin_email, settings.admin_password)
    finally:
        await database.close()
