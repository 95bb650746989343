"""Remove the second factor of an account whose owner has lost it, the recovery codes too."""

import argparse
import asyncio
from collections.abc import Mapping

from videoflix.accounts.admins import remove_second_factor
from videoflix.cli.configuration import gather
from videoflix.db.pool import open_database
from videoflix.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("email", help="the e-mail address of the account")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    email = asyncio.run(_remove(Settings.from_env(gather(environ)), arguments.email))
    print(f"{email} can log in with the password alone")
    return 0


async def _remove(settings: Settings, email: str) -> str:
    database = await open_database(settings, most=1)
    try:
        return await remove_second_factor(database, email)
    finally:
        await database.close()
