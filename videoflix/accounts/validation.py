"""Validates e-mail addresses and new passwords in forms, and names every malformed field."""

from videoflix.accounts.emails import normal_email
from videoflix.accounts.passwords import check_password
from videoflix.errors import InvalidFields, InvalidInput

PASSWORDS_DIFFER = "The two passwords differ."


def check_registration(email: str, password: str, confirmed_password: str) -> str:
    """The normalised e-mail. Raises InvalidFields, which does not reveal whether an account exists."""
    email, fields = _check(email, password)
    if password != confirmed_password:
        fields["confirmed_password"] = PASSWORDS_DIFFER
    if fields:
        raise InvalidFields(fields)
    return email


def check_new_user(email: str, password: str | None) -> str:
    """The normalised e-mail; the user of an account without a password chooses one later. Raises InvalidFields."""
    email, fields = _check(email, password)
    if fields:
        raise InvalidFields(fields)
    return email


def check_new_password(password: str, email: str, confirm_password: str | None = None) -> None:
    """Raises InvalidFields."""
    if confirm_password is not None and password != confirm_password:
        raise InvalidFields({"confirm_password": PASSWORDS_DIFFER})
    try:
        check_password(password, email)
    except InvalidInput as reason:
        raise InvalidFields({"new_password": reason.detail}) from None


def _check(email: str, password: str | None) -> tuple[str, dict[str, str]]:
    """The normalised e-mail, and the reasons for malformed fields."""
    fields = {}
    try:
        email = normal_email(email)
    except InvalidInput as reason:
        fields["email"] = reason.detail
    try:
        if password is not None:
            check_password(password, email)
    except InvalidInput as reason:
        fields["password"] = reason.detail
    return email, fields
