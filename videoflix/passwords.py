"""Passwords: argon2id, and the rule for new ones. Hashing takes tens of milliseconds: call it in a thread."""

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from videoflix.errors import InvalidInput

LEAST, MOST = 8, 128
# Stands in the place of a hash for somebody who has not chosen a password yet; nothing fits it.
NO_PASSWORD = ""


def check_rule(password: str, email: str) -> None:
    """Raises InvalidInput with a reason that a person can act on."""
    if not LEAST <= len(password) <= MOST:
        raise InvalidInput(f"A password has {LEAST} to {MOST} characters.")
    if password.isdigit():
        raise InvalidInput("A password cannot be all digits.")
    if password.lower() == email.lower():
        raise InvalidInput("A password cannot be the e-mail address.")


class Passwords:
    """Hashes and verifies. The defaults are OWASP's (Password Storage Cheat Sheet): 19 MiB, two passes, one lane."""

    def __init__(self, time_cost: int = 2, memory_kib: int = 19 * 1024, parallelism: int = 1) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._nobody = self._hasher.hash(b"no account has this password")

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password fits. Without a hash (unknown e-mail, no password yet) the same work is done, for
        nothing."""
        try:
            matches = self._hasher.verify(password_hash or self._nobody, password)
        except (Argon2Error, InvalidHashError):
            return False
        return matches and bool(password_hash)

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)
