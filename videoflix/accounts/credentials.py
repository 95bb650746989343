"""Verifies the e-mail and password of a login."""

from msgspec import structs

from videoflix.accounts.hashing import Hashing
from videoflix.accounts.models import User
from videoflix.accounts.queries import users
from videoflix.db.pool import Database
from videoflix.errors import WrongCredentials


async def verify_credentials(database: Database, hashing: Hashing, email: str, password: str) -> User:
    """The active user with this e-mail and password.

    For an unknown e-mail it takes as long as for some account, as imported hashes take longer than ours. An outdated
    hash is replaced. Raises WrongCredentials.
    """
    async with database.connection() as connection:
        user = await users.find_by_email(connection, email)
        password_hash = user.password_hash if user else await users.stand_in(connection, email)
    matches = await hashing.verify(password_hash, password)
    if user is None or not matches or not user.is_active:
        raise WrongCredentials
    if not await hashing.needs_rehash(user.password_hash, password):
        return user
    password_hash = await hashing.hash(password)
    async with database.connection() as connection:
        replaced = await users.replace_password(connection, user, password_hash)
    if not replaced:  # a concurrent login has replaced it, or the password was changed
        return await verify_credentials(database, hashing, email, password)
    return structs.replace(user, password_hash=password_hash)
