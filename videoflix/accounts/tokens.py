"""Access and refresh tokens: JWTs that say who, in which session, and what for."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID, uuid4

import jwt
from msgspec import Struct

ALGORITHM = "HS256"
MAX_VERDICTS = 10_000
Purpose = Literal["access", "refresh"]


class InvalidToken(Exception):
    """The text is no token of ours for this purpose."""


class Token(Struct, frozen=True, kw_only=True):
    """What a token of ours says."""

    user_id: int
    session_id: UUID
    expires_at: datetime


def new_mail_token() -> str:
    """256 random bits for a link in a mail; only its hash is kept."""
    return secrets.token_urlsafe(32)


def mail_token_hash(text: str) -> bytes:
    """A plain hash will do: what is random cannot be guessed from a dictionary."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def encode_uid(user_id: int) -> str:
    """An account's number as links carry it: urlsafe base64 of its decimal digits, without padding."""
    return urlsafe_b64encode(str(user_id).encode()).rstrip(b"=").decode()


def decode_uid(text: str) -> int | None:
    """The number, or None for what encode_uid() does not make."""
    try:
        digits = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except ValueError:
        return None
    number = int(digits) if digits.isdigit() and len(digits) < 19 else None
    return number if number is not None and encode_uid(number) == text else None


class Keyring:
    """Signs with the first secret, and trusts the others too, so that a key can be exchanged in peace."""

    def __init__(self, secret: str, *older: str) -> None:
        self._secrets = {_key_id(each): _signing_key(each) for each in (secret, *older)}
        self._current = _key_id(secret)
        self.read = lru_cache(MAX_VERDICTS)(self._read)

    def issue(self, purpose: Purpose, user_id: int, session_id: UUID, now: datetime, lifetime: int) -> str:
        """A token that is good for `lifetime` seconds from `now`."""
        claims = {
            "typ": purpose,
            "sub": str(user_id),
            "sid": str(session_id),
            "iat": now,
            "exp": now + timedelta(seconds=lifetime),
            "jti": uuid4().hex,
        }
        key = self._secrets[self._current]
        return jwt.encode(claims, key, ALGORITHM, headers={"kid": self._current})

    def read_all(self, purpose: Purpose, texts: Iterable[str]) -> list[Token]:
        """What those of the texts say that are our tokens for this purpose."""
        found = []
        for text in texts:
            with suppress(InvalidToken):
                found.append(self.read(purpose, text))
        return found

    def _read(self, purpose: Purpose, text: str) -> Token:
        """What the token says, expired or not: the caller compares `expires_at` with its clock.

        Good tokens are remembered as `read`: a player shows the same one with each of its many requests.
        Raises InvalidToken for anything that was not issued here for this purpose.
        """
        try:
            key = self._secrets[jwt.get_unverified_header(text).get("kid", "")]
            claims: dict[str, Any] = jwt.decode(
                text,
                key,
                algorithms=[ALGORITHM],
                options={"verify_exp": False, "verify_iat": False, "require": ["exp", "sub", "sid", "typ"]},
            )
            if claims["typ"] != purpose:
                raise InvalidToken
            return Token(
                user_id=int(claims["sub"]),
                session_id=UUID(claims["sid"]),
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            )
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError, AttributeError):
            raise InvalidToken from None


def _key_id(secret: str) -> str:
    """A name for a secret that tells nothing about it."""
    return sha256(b"videoflix key id\0" + secret.encode()).hexdigest()[:12]


def _signing_key(secret: str) -> bytes:
    """A key of the full length of HS256, for this use alone, from a secret of any length."""
    return sha256(b"videoflix jwt\0" + secret.encode()).digest()
