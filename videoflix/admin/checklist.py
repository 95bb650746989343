"""The steps of setting up a server, by what bin/doctor checks."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

from videoflix.admin import queries
from videoflix.admin.models import Step
from videoflix.checks import addresses, backup, disk, mail, public_address
from videoflix.checks.finding import Finding, Mark
from videoflix.db.pool import Database
from videoflix.settings import Settings
from videoflix.storage import last_backup


async def checklist(settings: Settings, database: Database) -> list[Step]:
    """Takes as long as the mail server and the pages of the links need to answer.

    Raises DatabaseUnavailable.
    """
    async with database.connection() as connection:
        admins = await queries.active_admins(connection)
    found = {
        "disk": [one async for one in disk.disk(settings)],
        "mail": [one async for one in mail.mail(settings)],
        "address": [one async for one in addresses.links(settings)],
        "https": [one async for one in addresses.browsers(settings) if one.mark is not Mark.GOOD],
        "admins": list[Finding](),
        "backup": [one async for one in backup.backup(settings)],
    }
    is_met = {
        "disk": True,
        "mail": settings.email_backend != "console",
        "address": public_address.is_public(settings),
        "https": urlsplit(settings.public_url).scheme == "https",
        "admins": admins > 1,
        "backup": await _has_backup(settings),
    }
    return [
        Step(name=name, is_done=is_met[name] and all(one.mark is Mark.GOOD for one in findings), findings=findings)
        for name, findings in found.items()
    ]


async def _has_backup(settings: Settings) -> bool:
    with suppress(OSError):  # the check reports it
        return await asyncio.to_thread(last_backup.read, settings.data_dir) is not None
    return False
