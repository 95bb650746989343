"""The rules of logging a device in by a code, as in RFC 8628."""

import secrets
from datetime import timedelta

LIFETIME = timedelta(minutes=10)
INTERVAL = timedelta(seconds=5)
# RFC 8628, 6.1: no vowels, so that no words appear; eight of twenty are 34 bits, which the limit of guesses protects.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"


def new_user_code() -> str:
    """In its normal form, like `BCDFGHJK`."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(user_code: str) -> str:
    """Like `BCDF-GHJK`."""
    return f"{user_code[: LENGTH // 2]}-{user_code[LENGTH // 2 :]}"


def normal(text: str) -> str:
    """A code as it is compared: people type it with small letters, spaces and dashes."""
    return "".join(character for character in text.upper() if character.isalnum())
