import pytest

from videoflix.errors import InvalidInput
from videoflix.passwords import check_rule, hash_password, needs_rehash, verify


def test_the_hash_fits_its_password_alone() -> None:
    hashed = hash_password("securepassword")
    assert hashed.startswith("$argon2id$")
    assert verify(hashed, "securepassword")
    assert not verify(hashed, "securepasswore")


def test_nobody_has_a_password() -> None:
    assert not verify(None, "no account has this password")
    assert not verify("rubbish", "securepassword")


def test_a_hash_with_weaker_parameters_is_renewed() -> None:
    assert not needs_rehash(hash_password("securepassword"))
    weak = "$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHQ$dAJr8m7R3Jn8Q2RkyEYjqA"
    assert needs_rehash(weak)


@pytest.mark.parametrize("password", ["short", "", "x" * 129, "12345678901", "Ada@Example.org"])
def test_the_rule_refuses(password: str) -> None:
    with pytest.raises(InvalidInput):
        check_rule(password, "ada@example.org")


@pytest.mark.parametrize("password", ["securepassword", "x" * 128, "1234567a", "päßwörter"])
def test_the_rule_takes(password: str) -> None:
    check_rule(password, "ada@example.org")
