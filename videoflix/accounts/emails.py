"""Validates, normalises and compares e-mail addresses, without network look-ups."""

import unicodedata

import email_validator
from email_validator import EmailNotValidError, validate_email

from videoflix.errors import InvalidInput

# Local networks use such domains: admin@films.local and me@localhost are accepted.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

# RFC 5321: 64 characters, the @, and a domain of 255.
MAX_LENGTH = 320


def normal_email(text: str) -> str:
    """The address as it is stored. Raises InvalidInput with the reason."""
    return _validate(text).normalized


def email_key(text: str) -> str:
    """The key by which rate limits, look-ups and the unique index compare addresses.

    This is the UsernameCaseMapped profile of RFC 8265: full-width and half-width characters are mapped to ordinary
    ones, all characters to lower case, and the result is composed (NFC). Other characters stay distinct: İ and ı are
    not i, and ß is not ss. Text that is not an address gets a key too, which no account has, so that attempts with it
    are counted.
    """
    try:
        text = normal_email(text)
    except InvalidInput:
        text = " " + text.strip()[:MAX_LENGTH]
    narrow = "".join(
        unicodedata.normalize("NFKC", char) if unicodedata.east_asian_width(char) in "FH" else char for char in text
    )
    return unicodedata.normalize("NFC", narrow.lower())


def deliverable_email(text: str) -> str:
    """The address for a mail server: an international domain in its ASCII form. Raises InvalidInput."""
    found = _validate(text)
    return found.ascii_email or f"{found.local_part}@{found.ascii_domain}"


def _validate(text: str) -> email_validator.ValidatedEmail:
    if len(text) > MAX_LENGTH:  # validating it would take long
        raise InvalidInput("This is not an e-mail address: it is too long.")
    try:
        return validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as reason:
        raise InvalidInput(f"This is not an e-mail address: {reason}") from None
