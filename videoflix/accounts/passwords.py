"""Passwords: argon2id, and the rule for new ones. Hashing takes tens of milliseconds: call it in a thread."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from videoflix.errors import InvalidInput
from videoflix.weak_passwords import MIN, is_common

MAX = 128
# What is longer as typed is not looked at: one letter has at most four code points before it is composed, and to
# normalise a long text takes long.
MAX_TYPED = 4 * MAX
# Stands in the place of a hash for somebody who has not chosen a password yet; nothing fits it.
NO_PASSWORD = ""


def normal_password(text: str) -> str:
    """The form that is hashed: NFKC, as NIST SP 800-63B says, so that a keyboard that composes its letters in another
    way, or makes them wide, types the same password."""
    return unicodedata.normalize("NFKC", text) if len(text) <= MAX_TYPED else text


def check_rule(password: str, email: str) -> None:
    """Raises InvalidInput with a reason that a person can act on."""
    password = normal_password(password)
    if not MIN <= len(password) <= MAX:
        raise InvalidInput(f"A password has {MIN} to {MAX} characters.")
    if password.isdigit():
        raise InvalidInput("A password cannot be all digits.")
    if password.lower() == email.lower():
        raise InvalidInput("A password cannot be the e-mail address.")
    if is_common(password):
        raise InvalidInput("This password is among the first that are guessed. Please choose another.")


class Passwords:
    """Hashes and verifies. The defaults are OWASP's (Password Storage Cheat Sheet): 19 MiB, two passes, one lane."""

    def __init__(self, time_cost: int = 2, memory_kib: int = 19 * 1024, parallelism: int = 1) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._nobody = self._hasher.hash(b"no account has this password")

    def hash(self, password: str) -> str:
        return self._hasher.hash(normal_password(password))

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password fits, in its normal form or, as older hashes have it, as it was typed. Without a hash
        (unknown e-mail, no password yet) the same work is done, for nothing."""
        normal = normal_password(password)
        if min(len(normal), len(password)) > MAX:
            return False
        forms = dict.fromkeys((normal, password))
        return any(self._fits(password_hash or self._nobody, form) for form in forms) and bool(password_hash)

    def needs_rehash(self, password_hash: str, password: str) -> bool:
        """Whether the hash, which fits, was made with other parameters than today's, or of the password as typed."""
        normal = normal_password(password)
        is_typed = normal != password and not self._fits(password_hash, normal)
        return is_typed or self._hasher.check_needs_rehash(password_hash)

    def _fits(self, password_hash: str, text: str) -> bool:
        try:
            return self._hasher.verify(password_hash, text)
        except (Argon2Error, InvalidHashError):
            return False
