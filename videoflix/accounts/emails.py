"""E-mail addresses: how they are judged, kept and compared, without a look at the network."""

import unicodedata

import email_validator
from email_validator import EmailNotValidError, validate_email

from videoflix.errors import InvalidInput

# A house has names of its own: admin@films.local and me@localhost are fine here.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

# RFC 5321: 64 letters, the sign, 255 of a domain.
MAX_EMAIL = 320


def normal_email(text: str) -> str:
    """The address as it is kept. Raises InvalidInput with a reason."""
    return _validate(text).normalized


def email_key(text: str) -> str:
    """The form in which addresses are compared, by limits, look-ups and the unique index alike.

    It is the UsernameCaseMapped profile of RFC 8265: full-width letters are mapped to ordinary ones, all letters to
    lower case, and the result is composed (NFC). Other letters stay apart: İ and ı are not i, and ß is not ss.
    Text that is no address gets a key as well, so that attempts with it are counted, and no account has that key.
    """
    try:
        text = normal_email(text)
    except InvalidInput:
        text = " " + text.strip()[:MAX_EMAIL]
    narrow = "".join(
        unicodedata.normalize("NFKC", letter) if unicodedata.east_asian_width(letter) in "FH" else letter
        for letter in text
    )
    return unicodedata.normalize("NFC", narrow.lower())


def deliverable_email(text: str) -> str:
    """The address as a mail server reads it: an international domain in its ASCII form."""
    found = _validate(text)
    return found.ascii_email or f"{found.local_part}@{found.ascii_domain}"


def _validate(text: str) -> email_validator.ValidatedEmail:
    if len(text) > MAX_EMAIL:  # looking closer would cost time
        raise InvalidInput("This is no e-mail address: it is too long.")
    try:
        return validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as reason:
        raise InvalidInput(f"This is no e-mail address: {reason}") from None
