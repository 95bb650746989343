"""The codes of a second factor: those of authenticator apps (TOTP, RFC 6238), and recovery codes."""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

import pyotp

ISSUER = "Videoflix"
STEP = timedelta(seconds=30)
# RFC 6238 recommends one step at most. Phones and servers set their clocks by the network; each further step would
# only give guesses more chances.
TOLERANCE = 1
# How far a clock may be off for the set-up to say so.
EXPLAINED = timedelta(minutes=15)

RECOVERY_CODES = 10
# Without characters that look alike: 12 of 32 are 60 random bits, so that a fast hash is enough.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
GROUPS, GROUP = 3, 4


def new_secret() -> str:
    """160 random bits in base32, as RFC 4226 recommends."""
    return pyotp.random_base32()


def setup_address(secret: str, email: str) -> str:
    """The address in the QR code that authenticator apps read."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def normal(text: str) -> str:
    """A code as it is compared: people type it with spaces, dashes and small letters."""
    return "".join(character for character in text if character.isalnum()).upper()


def is_of_app(code: str) -> bool:
    """Whether a normal code is one of an authenticator app."""
    return len(code) == 6 and code.isascii() and code.isdigit()


def step_of(secret: str, code: str, now: datetime, tolerance: int = TOLERANCE) -> int | None:
    """The time step of a normal code, not more than `tolerance` steps from now; None if it is wrong."""
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // int(STEP.total_seconds())
    for step in sorted(range(current - tolerance, current + tolerance + 1), key=lambda each: abs(each - current)):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return step
    return None


def has_other_clock(secret: str, code: str, now: datetime) -> bool:
    """Whether a normal code is one that the app shows a few minutes before or after now."""
    return step_of(secret, code, now, EXPLAINED // STEP) is not None


def new_recovery_codes() -> list[str]:
    """Like `7KQ2-XW9M-PD4H`."""
    return ["-".join(_group() for _ in range(GROUPS)) for _ in range(RECOVERY_CODES)]


def recovery_hash(user_id: int, code: str) -> bytes:
    """The hash of a normal recovery code; equal codes of two accounts have different ones."""
    return sha256(f"videoflix recovery code\0{user_id}\0{code}".encode()).digest()


def _group() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(GROUP))
