"""Passwords of accounts that came from Django."""

import pytest

from tests.cli.django_backends import PBKDF2, argon2
from videoflix.accounts import django_hashes
from videoflix.accounts.passwords import Passwords

PASSWORDS = Passwords(1, 1024)


def test_a_hash_of_django_matches_its_password_and_is_replaced() -> None:
    assert django_hashes.importable(PBKDF2) == PBKDF2
    assert PASSWORDS.verify(PBKDF2, "lètmein")
    assert PASSWORDS.verify(PBKDF2, "le\u0300tmein")
    assert not PASSWORDS.verify(PBKDF2, "letmein")
    assert PASSWORDS.needs_rehash(PBKDF2, "lètmein")


def test_a_hash_of_argon2_is_stored_like_ours() -> None:
    stored = django_hashes.importable(argon2("secret of django"))
    assert stored.startswith("$argon2id$")
    assert PASSWORDS.verify(stored, "secret of django")
    assert not PASSWORDS.verify(stored, "secret")
    assert PASSWORDS.needs_rehash(stored, "secret of django")


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        ("", "no password"),
        ("!kfZ1vXl0sLw", "no password"),
        ("bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuv", "not supported"),
        ("securepassword", "not supported"),
        ("pbkdf2_sha256$", "malformed"),
        (PBKDF2.replace("720000", "99999999"), "too costly"),
        (PBKDF2.replace("720000", "9" * 5000), "too costly"),
        (PBKDF2.replace("720000", "-1"), "malformed"),
        (PBKDF2.replace("720000", "0"), "malformed"),
        (PBKDF2.replace("720000", "²"), "malformed"),
        (PBKDF2[:-4], "malformed"),
        (PBKDF2.replace("eDup", "e!up"), "malformed"),
        (PBKDF2.replace("eDup", "eèup"), "malformed"),
        ("argon2$rubbish", "malformed"),
        ("argon2$argon2id$v=19$m=8388608,t=2,p=8$c29tZXNhbHQ$dAJr8m7R3Jn8Q2RkyEYjqA", "too costly"),
        ("argon2$argon2id$v=19$m=1024,t=2000000,p=8$c29tZXNhbHQ$dAJr8m7R3Jn8Q2RkyEYjqA", "too costly"),
    ],
)
def test_what_cannot_be_verified_is_no_password(stored: str, reason: str) -> None:
    assert django_hashes.importable(stored) == ""
    assert reason in django_hashes.why_not(stored)
    assert not PASSWORDS.verify(stored, "lètmein")
