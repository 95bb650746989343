"""How administrators come about: from the configuration at start, or by hand."""

import email_validator
from email_validator import EmailNotValidError, validate_email

from videoflix.db import users
from videoflix.db.pool import Database
from videoflix.errors import AccountExists, InvalidInput
from videoflix.passwords import MOST, check_rule, hash_password
from videoflix.settings import SettingsError

# A house has names of its own: admin@films.local and me@localhost are fine here.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def normal_email(text: str) -> str:
    """An e-mail address in its normal form, judged without a look at the network.

    Raises InvalidInput with a reason.
    """
    try:
        found = validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as reason:
        raise InvalidInput(f"This is no e-mail address: {reason}") from None
    return found.normalized


async def create_admin(database: Database, email: str, password: str) -> str:
    """A new administrator's e-mail. Raises InvalidInput or AccountExists."""
    email = normal_email(email)
    check_rule(password, email)
    await _insert(database, email, password)
    return email


async def ensure_admin(database: Database, email: str, password: str) -> bool:
    """Create the configured administrator unless that address has an account already; whether it was created.

    The password is taken as it is, as the files of existing installations have it. Raises SettingsError.
    """
    try:
        email = normal_email(email)
    except InvalidInput as reason:
        raise SettingsError(f"ADMIN_EMAIL: {reason.detail}") from None
    if len(password) > MOST:
        raise SettingsError(f"ADMIN_PASSWORD has more than {MOST} characters")
    async with database.connection() as connection:
        if await users.find_by_email(connection, email):
            return False
    try:
        await _insert(database, email, password)
    except AccountExists:
        return False
    return True


async def _insert(database: Database, email: str, password: str) -> None:
    password_hash = hash_password(password)
    async with database.connection() as connection:
        await users.insert_admin(connection, email, password_hash)
