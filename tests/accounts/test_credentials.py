"""Who is logged in with which e-mail and password, and how outdated hashes are replaced."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.fixtures.published import MakeUser
from tests.fixtures.services import PASSWORD
from videoflix.accounts.credentials import verify_credentials
from videoflix.accounts.hashing import Hashing
from videoflix.accounts.passwords import Passwords
from videoflix.accounts.queries import users
from videoflix.db.pool import Database
from videoflix.errors import WrongCredentials

EMAIL = "bob@example.org"
# The parameters of the hashes that `make_user` stores.
SAME, STRONGER = Passwords(1, 1024), Passwords(2, 1024)


@pytest.fixture
def hashing() -> Iterator[Hashing]:
    threads = Hashing(SAME, 1)
    yield threads
    threads.close()


@pytest.fixture
def stronger() -> Iterator[Hashing]:
    threads = Hashing(STRONGER, 1)
    yield threads
    threads.close()


async def _stored_hash(database: Database) -> str:
    async with database.connection() as connection:
        user = await users.find_by_email(connection, EMAIL)
    assert user
    return user.password_hash


async def test_the_active_user_with_this_password_is_returned(
    database: Database, hashing: Hashing, make_user: MakeUser
) -> None:
    user_id = await make_user(EMAIL)
    user = await verify_credentials(database, hashing, EMAIL, PASSWORD)
    assert (user.id, user.email, user.password_hash) == (user_id, EMAIL, await _stored_hash(database))


async def test_other_addresses_passwords_and_accounts_are_refused(
    database: Database, hashing: Hashing, make_user: MakeUser
) -> None:
    await make_user(EMAIL)
    await make_user("eve@example.org", active=False)
    for email, password in (
        (EMAIL, "wrong password"),
        (EMAIL, ""),
        ("nobody@example.org", PASSWORD),
        ("eve@example.org", PASSWORD),
    ):
        with pytest.raises(WrongCredentials):
            await verify_credentials(database, hashing, email, password)


async def test_an_unknown_address_takes_as_long_as_some_account(database: Database, hashing: Hashing) -> None:
    """So imported hashes, which take longer than ours, do not reveal their accounts."""
    async with database.connection() as connection:
        assert await users.stand_in(connection, EMAIL) is None
        for number in range(20):
            await users.insert(connection, f"person{number}@example.org", f"pbkdf2_sha256$1$salt$rubbish {number}")
        await connection.execute("DELETE FROM users WHERE id % 3 = 0")
        found = {await users.stand_in(connection, f"nobody{number}@example.org") for number in range(100)}
        assert len(found) > 8 and None not in found
        assert len({await users.stand_in(connection, "nobody@example.org") for _ in range(5)}) == 1
        await connection.execute("UPDATE users SET password_hash = $1", SAME.hash(PASSWORD))
    with pytest.raises(WrongCredentials):
        await verify_credentials(database, hashing, "nobody@example.org", PASSWORD)


async def test_an_outdated_hash_is_replaced_at_a_login(
    database: Database, stronger: Hashing, make_user: MakeUser
) -> None:
    await make_user(EMAIL)
    before = await _stored_hash(database)
    user = await verify_credentials(database, stronger, EMAIL, PASSWORD)
    after = await _stored_hash(database)
    assert "t=2" in after
    assert user.password_hash == after != before
    await verify_credentials(database, stronger, EMAIL, PASSWORD)
    assert await _stored_hash(database) == after


async def test_a_wrong_password_replaces_no_hash(database: Database, stronger: Hashing, make_user: MakeUser) -> None:
    await make_user(EMAIL)
    before = await _stored_hash(database)
    with pytest.raises(WrongCredentials):
        await verify_credentials(database, stronger, EMAIL, "wrong password")
    assert await _stored_hash(database) == before


async def test_a_password_that_changes_during_a_rehash_is_the_one_that_counts(
    database: Database, stronger: Hashing, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new hash of the old password must not overwrite the new password."""
    await make_user(EMAIL)
    rehash = stronger.hash

    async def hash_while_it_changes(password: str) -> str:
        changed = await asyncio.to_thread(STRONGER.hash, "quite another")
        async with database.connection() as connection:
            await connection.execute("UPDATE users SET password_hash = $1", changed)
        return await rehash(password)

    monkeypatch.setattr(stronger, "hash", hash_while_it_changes)
    with pytest.raises(WrongCredentials):
        await verify_credentials(database, stronger, EMAIL, PASSWORD)
    assert STRONGER.verify(await _stored_hash(database), "quite another")
