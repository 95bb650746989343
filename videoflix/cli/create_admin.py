"""Create an administrator. The password is asked for, or read from standard input if that is not a terminal."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Mapping

from videoflix.accounts.admins import create_admin
from videoflix.cli.configuration import gather
from videoflix.db.pool import open_database
from videoflix.errors import InvalidInput
from videoflix.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("email", help="the e-mail address to log in with")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = Settings.from_env(gather(environ))
    email = asyncio.run(_create(settings, arguments.email, _password()))
    print(f"created the administrator {email}")
    return 0


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Password again: "):
        raise InvalidInput("The two passwords are different.")
    return password


async def _create(settings: Settings, email: str, password: str) -> str:
    database = await open_database(settings, most=1)
    try:
        return await create_admin(settings, database, email, password)
    finally:
        await database.close()
