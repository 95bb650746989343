"""Checks whether mails are sent."""

from collections.abc import AsyncIterator

import aiosmtplib

from videoflix.checks import public_address
from videoflix.checks.finding import Finding, Mark
from videoflix.settings import Settings


async def mail(settings: Settings) -> AsyncIterator[Finding]:
    if settings.email_backend == "console":
        message = "EMAIL_BACKEND=console: mails are printed to the log of the mail worker, not sent"
        if public_address.is_public(settings):
            message += ". Others who use this server wait for them in vain: set EMAIL_BACKEND=smtp and EMAIL_HOST"
        yield Finding(Mark.WARNING if public_address.is_public(settings) else Mark.GOOD, message)
        return
    where = f"{settings.email_host}:{settings.email_port}"
    client = aiosmtplib.SMTP(
        hostname=settings.email_host,
        port=settings.email_port,
        use_tls=settings.email_use_ssl,
        start_tls=settings.email_use_tls,
        timeout=10,
    )
    try:
        async with client:
            if settings.email_host_user:
                await client.login(settings.email_host_user, settings.email_host_password)
    except (aiosmtplib.SMTPException, OSError) as failure:
        yield Finding(Mark.BAD, f"{where} does not accept mail: {failure} (see the EMAIL_ settings)")
        return
    yield Finding(Mark.GOOD, f"{where} answers")
