"""Hashes passwords with argon2id, and checks new ones. Hashing takes tens of milliseconds: call it in a thread.

Accounts that came from Django have the hash of Django (PBKDF2) until they log in."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from videoflix.accounts import django_hashes
from videoflix.errors import InvalidInput
from videoflix.weak_passwords import MIN, is_common

MAX = 128
# Longer input is not normalised, which would take long: a character has up to four code points before composition.
MAX_TYPED = 4 * MAX
# The hash of an account without a password. No password matches it.
NO_PASSWORD = ""


def normal_password(text: str) -> str:
    """The form that is hashed: NFKC, as NIST SP 800-63B recommends.

    Keyboards that compose characters differently, or type full-width ones, then enter the same password.
    """
    return unicodedata.normalize("NFKC", text) if len(text) <= MAX_TYPED else text


def check_password(password: str, email: str) -> None:
    """Check a new password. Raises InvalidInput with a reason for the user."""
    password = normal_password(password)
    if not MIN <= len(password) <= MAX:
        raise InvalidInput(f"A password has {MIN} to {MAX} characters.")
    if password.isdigit():
        raise InvalidInput("A password cannot be all digits.")
    if password.lower() == email.lower():
        raise InvalidInput("A password cannot be the e-mail address.")
    if is_common(password):
        raise InvalidInput("This password is too common. Please choose another one.")


class Passwords:
    """Hashes and verifies passwords. The defaults are those of the OWASP Password Storage Cheat Sheet."""

    def __init__(self, time_cost: int = 2, memory_kib: int = 19 * 1024, parallelism: int = 1) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._dummy = self._hasher.hash(b"no account has this password")

    def hash(self, password: str) -> str:
        return self._hasher.hash(normal_password(password))

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password matches, in its normal form or, for older hashes, as it was typed.

        Without a hash (unknown e-mail, no password yet) it takes as long, so that the time reveals nothing.
        """
        normal = normal_password(password)
        if min(len(normal), len(password)) > MAX:
            return False
        forms = dict.fromkeys((normal, password))
        return any(self._matches(password_hash or self._dummy, form) for form in forms) and bool(password_hash)

    def needs_rehash(self, password_hash: str, password: str) -> bool:
        """Whether a matching hash has outdated parameters, comes from Django, or was made from the password as
        typed."""
        if django_hashes.is_pbkdf2(password_hash):
            return True
        normal = normal_password(password)
        is_typed = normal != password and not self._matches(password_hash, normal)
        return is_typed or self._hasher.check_needs_rehash(password_hash)

    def _matches(self, password_hash: str, text: str) -> bool:
        if django_hashes.is_pbkdf2(password_hash):
            return django_hashes.matches(password_hash, text)
        try:
            return self._hasher.verify(password_hash, text)
        except (Argon2Error, InvalidHashError):
            return False
