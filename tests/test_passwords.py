import pytest

from videoflix.errors import InvalidInput
from videoflix.passwords import NO_PASSWORD, Passwords, check_rule

PASSWORDS = Passwords(1, 1024)


def test_the_hash_fits_its_password_alone() -> None:
    hashed = PASSWORDS.hash("securepassword")
    assert hashed.startswith("$argon2id$")
    assert PASSWORDS.verify(hashed, "securepassword")
    assert not PASSWORDS.verify(hashed, "securepasswore")


def test_nobody_has_a_password() -> None:
    for nothing in (None, NO_PASSWORD):
        assert not PASSWORDS.verify(nothing, "no account has this password")
        assert not PASSWORDS.verify(nothing, "")
    assert not PASSWORDS.verify("rubbish", "securepassword")


def test_a_hash_with_weaker_parameters_is_renewed() -> None:
    assert not PASSWORDS.needs_rehash(PASSWORDS.hash("securepassword"))
    weak = "$argon2id$v=19$m=512,t=1,p=1$c29tZXNhbHQ$dAJr8m7R3Jn8Q2RkyEYjqA"
    assert PASSWORDS.needs_rehash(weak)


@pytest.mark.parametrize("password", ["short", "", "x" * 129, "12345678901", "Ada@Example.org"])
def test_the_rule_refuses(password: str) -> None:
    with pytest.raises(InvalidInput):
        check_rule(password, "ada@example.org")


@pytest.mark.parametrize("password", ["securepassword", "x" * 128, "1234567a", "päßwörter"])
def test_the_rule_takes(password: str) -> None:
    check_rule(password, "ada@example.org")
