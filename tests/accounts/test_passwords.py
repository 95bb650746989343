import pytest
from argon2 import PasswordHasher

from videoflix.accounts.passwords import NO_PASSWORD, Passwords, check_password
from videoflix.errors import InvalidInput

PASSWORDS = Passwords(1, 1024)


def test_a_hash_matches_only_its_password() -> None:
    hashed = PASSWORDS.hash("securepassword")
    assert hashed.startswith("$argon2id$")
    assert PASSWORDS.verify(hashed, "securepassword")
    assert not PASSWORDS.verify(hashed, "securepasswore")


def test_no_password_matches_a_missing_hash() -> None:
    for nothing in (None, NO_PASSWORD):
        assert not PASSWORDS.verify(nothing, "no account has this password")
        assert not PASSWORDS.verify(nothing, "")
    assert not PASSWORDS.verify("rubbish", "securepassword")


def test_a_hash_with_weaker_parameters_needs_a_rehash() -> None:
    assert not PASSWORDS.needs_rehash(PASSWORDS.hash("securepassword"), "securepassword")
    weak = "$argon2id$v=19$m=512,t=1,p=1$c29tZXNhbHQ$dAJr8m7R3Jn8Q2RkyEYjqA"
    assert PASSWORDS.needs_rehash(weak, "securepassword")


@pytest.mark.parametrize("typed", ["pa\u0308sswo\u0308rter", "pässwörter", "ｐässwörter", "pa\u0308sswörter"])
def test_equivalent_unicode_forms_of_a_password_match(typed: str) -> None:
    hashed = PASSWORDS.hash("pässwörter")
    assert PASSWORDS.verify(hashed, typed)
    assert not PASSWORDS.needs_rehash(hashed, typed)
    assert PASSWORDS.verify(PASSWORDS.hash(typed), "pässwörter")
    assert not PASSWORDS.verify(hashed, "passworter")


def test_an_older_hash_of_the_unnormalised_password_matches_and_needs_a_rehash() -> None:
    typed = "pa\u0308sswo\u0308rter"
    old = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(typed)
    assert PASSWORDS.verify(old, typed)
    assert PASSWORDS.needs_rehash(old, typed)
    assert not PASSWORDS.verify(old, "pässwörter")
    grows = "\ufdfa" * 128
    assert PASSWORDS.verify(PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(grows), grows)


def test_the_length_is_that_of_the_normal_form_and_very_long_input_is_refused() -> None:
    check_password("e\u0301" * 128, "ada@example.org")
    assert PASSWORDS.verify(PASSWORDS.hash("é" * 128), "e\u0301" * 128)
    for password in ("e\u0301" * 129, "e\u0301" * 7, "\u0301\u0316" * 500_000):
        with pytest.raises(InvalidInput):
            check_password(password, "ada@example.org")
    assert not PASSWORDS.verify(PASSWORDS.hash("x" * 128), "\u0301\u0316" * 500_000)


@pytest.mark.parametrize("password", ["short", "", "x" * 129, "12345678901", "１２３４５６７８", "Ada@Example.org"])
def test_invalid_passwords_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput):
        check_password(password, "ada@example.org")


@pytest.mark.parametrize(
    "password",
    [
        *(
            "password",
            "Password",
            "ｐassword",
            "password1",
            "Passw0rd!",
            "!!password2026",
            "passwordpassword",
            "qwertyui",
        ),
        *("iloveyou", "1q2w3e4r", "abcdefgh", "aaaaaaaa", "administrator", "jennifer", "letmein1"),
        *("videoflix", "Videoflix", "videoflix1", "my-videoflix", "video-flix-videoflix", "VIDEOFLIX2026!"),
    ],
)
def test_common_passwords_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput, match="too common"):
        check_password(password, "ada@example.org")


@pytest.mark.parametrize(
    "password",
    [
        *(
            "securepassword",
            "securepassword1",
            "x" * 128,
            "päßwörter",
            "correct horse battery staple",
            "bobs password",
        ),
        *("the films of videoflix", "tr0ub4dor&3"),
    ],
)
def test_valid_passwords_are_accepted(password: str) -> None:
    check_password(password, "ada@example.org")
