"""Passwords: argon2id, and the rule for new ones. Hashing takes tens of milliseconds: call it in a thread."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from videoflix.errors import InvalidInput

LEAST, MOST = 8, 128

# OWASP's Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def check_rule(password: str, email: str) -> None:
    """Raises InvalidInput with a reason that a person can act on."""
    if not LEAST <= len(password) <= MOST:
        raise InvalidInput(f"A password has {LEAST} to {MOST} characters.")
    if password.isdigit():
        raise InvalidInput("A password cannot be all digits.")
    if password.lower() == email.lower():
        raise InvalidInput("A password cannot be the e-mail address.")


def hash_password(password: str) -> str:
    return _hasher.hash(password.encode("utf-8", "surrogatepass"))


def verify(password_hash: str | None, password: str) -> bool:
    """Whether the password fits. Without a hash (unknown e-mail) the same work is done, for nothing."""
    try:
        matches = _hasher.verify(password_hash or _nobody(), password.encode("utf-8", "surrogatepass"))
    except (Argon2Error, InvalidHashError):
        return False
    return matches and password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    return _hasher.check_needs_rehash(password_hash)


@cache
def _nobody() -> str:
    return _hasher.hash(b"no account has this password")
