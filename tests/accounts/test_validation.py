"""Which fields of a form are malformed; which addresses and passwords are valid is tested with them."""

import pytest

from videoflix.accounts.validation import check_new_password, check_new_user, check_registration
from videoflix.errors import InvalidFields

EMAIL, PASSWORD = "bob@example.org", "bobs password"


def test_the_normalised_address_is_returned() -> None:
    assert check_registration(" bob@EXAMPLE.org ", PASSWORD, PASSWORD) == EMAIL
    assert check_new_user(" bob@EXAMPLE.org ", PASSWORD) == EMAIL


def test_a_new_user_may_have_no_password_yet() -> None:
    assert check_new_user(EMAIL, None) == EMAIL
    with pytest.raises(InvalidFields) as refused:
        check_new_user("bob", None)
    assert set(refused.value.fields) == {"email"}


@pytest.mark.parametrize(
    ("email", "password", "confirmed", "fields"),
    [
        ("bob", PASSWORD, PASSWORD, {"email"}),
        ("bob@", PASSWORD, PASSWORD, {"email"}),
        ("x" * 5000 + "@example.org", PASSWORD, PASSWORD, {"email"}),
        (EMAIL, "short", "short", {"password"}),
        (EMAIL, "1234567890", "1234567890", {"password"}),
        (EMAIL, "x" * 129, "x" * 129, {"password"}),
        (" bob@EXAMPLE.org", "Bob@example.org", "Bob@example.org", {"password"}),
        (EMAIL, PASSWORD, "another password", {"confirmed_password"}),
        ("bob", "short", "longer", {"email", "password", "confirmed_password"}),
    ],
)
def test_every_malformed_field_of_a_registration_is_named(
    email: str, password: str, confirmed: str, fields: set[str]
) -> None:
    with pytest.raises(InvalidFields) as refused:
        check_registration(email, password, confirmed)
    assert set(refused.value.fields) == fields


def test_a_new_password_is_checked_under_the_names_of_its_form() -> None:
    check_new_password(PASSWORD, EMAIL)
    check_new_password(PASSWORD, EMAIL, PASSWORD)
    for password, confirmed, field in (
        ("short", None, "new_password"),
        (EMAIL.upper(), EMAIL.upper(), "new_password"),
        (PASSWORD, "another password", "confirm_password"),
        ("short", "", "confirm_password"),
    ):
        with pytest.raises(InvalidFields) as refused:
            check_new_password(password, EMAIL, confirmed)
        assert set(refused.value.fields) == {field}
