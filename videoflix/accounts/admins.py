"""What commands do with accounts: create administrators, and remove a second factor that its owner has lost."""

from videoflix.accounts.emails import normal_email
from videoflix.accounts.passwords import MAX, Passwords, check_password, normal_password
from videoflix.accounts.queries import audit, second_factors, users
from videoflix.db.pool import Database
from videoflix.errors import AccountExists, InvalidInput, NotFound
from videoflix.settings import Settings, SettingsError


async def create_admin(settings: Settings, database: Database, email: str, password: str) -> str:
    """Create an administrator; the normalised e-mail. Raises InvalidInput or AccountExists."""
    email = normal_email(email)
    check_password(password, email)
    await _insert(settings, database, email, password)
    return email


async def ensure_admin(settings: Settings, database: Database, email: str, password: str) -> bool:
    """Create the configured administrator unless the address already has an account; whether it was created.

    The rule for passwords is not applied, as existing `.env` files may break it. Raises SettingsError.
    """
    try:
        email = normal_email(email)
    except InvalidInput as reason:
        raise SettingsError(f"ADMIN_EMAIL: {reason.detail}") from None
    if len(normal_password(password)) > MAX:
        raise SettingsError(f"ADMIN_PASSWORD has more than {MAX} characters")
    async with database.connection() as connection:
        if await users.find_by_email(connection, email):
            return False
    try:
        await _insert(settings, database, email, password)
    except AccountExists:
        return False
    return True


async def remove_second_factor(database: Database, email: str) -> str:
    """Remove the second factor of an account; its e-mail. Raises NotFound."""
    async with database.transaction() as connection:
        user = await users.find_by_email(connection, email)
        if user is None:
            raise NotFound("There is no account with this e-mail address.")
        if not await second_factors.remove(connection, user.id):
            raise NotFound("This account has no second factor.")
        await audit.record(connection, None, "user.remove_second_factor", f"user:{user.id}", user.email)
    return user.email


async def _insert(settings: Settings, database: Database, email: str, password: str) -> None:
    hashing = Passwords(settings.argon2_time_cost, settings.argon2_memory_kib, settings.argon2_parallelism)
    password_hash = hashing.hash(password)
    async with database.connection() as connection:
        await users.insert_admin(connection, email, password_hash)
