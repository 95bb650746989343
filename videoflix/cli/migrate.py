"""Bring the database's schema up to date, and create the admin of ADMIN_EMAIL and ADMIN_PASSWORD."""

import argparse
import asyncio
from collections.abc import Mapping

import psycopg

from videoflix.accounts.admins import ensure_admin
from videoflix.cli.configuration import gather
from videoflix.db.pool import open_database
from videoflix.errors import DatabaseUnavailable
from videoflix.schema import migrate
from videoflix.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = Settings.from_env(gather(environ))
    try:
        applied = migrate(settings)
    except psycopg.OperationalError as away:
        raise DatabaseUnavailable(f"the database does not answer: {away}") from away
    print("\n".join(f"applied {name}" for name in applied) or "the schema is up to date")
    if settings.admin_email and settings.admin_password and asyncio.run(_admin(settings)):
        print(f"created the admin {settings.admin_email}")
    return 0


async def _admin(settings: Settings) -> bool:
    database = await open_database(settings, most=1)
    try:
        return await ensure_admin(settings, database, settings.admin_email, settings.admin_password)
    finally:
        await database.close()
