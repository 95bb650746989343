"""Access and refresh tokens (JWTs of a user, a session and a purpose), and tokens for links in mails."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID, uuid4

import jwt
import msgspec
from msgspec import Struct

ALGORITHM = "HS256"
MAX_CACHED = 10_000
# Between the two steps of a login people look for their telephone.
STEP, STEP_LIFETIME = "login_step", timedelta(minutes=5)
Purpose = Literal["access", "refresh"]


class InvalidToken(Exception):
    """The text is not a token that this server issued for this purpose."""


class Token(Struct, frozen=True, kw_only=True):
    """The claims of a valid token."""

    user_id: int
    session_id: UUID
    expires_at: datetime


class LoginStep(Struct, frozen=True, kw_only=True):
    """A login whose password was right, but whose code is missing. `password_mark` changes with the password."""

    user_id: int
    password_mark: str
    is_remembered: bool


def password_mark(password_hash: str) -> str:
    return sha256(password_hash.encode()).hexdigest()[:16]


def new_mail_token() -> str:
    """256 random bits for a link in a mail. Only the hash is stored."""
    return secrets.token_urlsafe(32)


def mail_token_hash(text: str) -> bytes:
    """A fast hash is enough, as random tokens cannot be found with a dictionary."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def encode_uid(user_id: int) -> str:
    """The id of an account in links: URL-safe base64 of its decimal digits, without padding."""
    return urlsafe_b64encode(str(user_id).encode()).rstrip(b"=").decode()


def decode_uid(text: str) -> int | None:
    """The id; None for a text that encode_uid() does not return."""
    try:
        digits = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except ValueError:
        return None
    number = int(digits) if digits.isdigit() and len(digits) < 19 else None
    return number if number is not None and encode_uid(number) == text else None


class Keyring:
    """Signs with the first secret, and also accepts the older ones, so that secrets can be rotated."""

    def __init__(self, secret: str, *older: str) -> None:
        self._secrets = {_key_id(each): _signing_key(each) for each in (secret, *older)}
        self._current = _key_id(secret)
        self.read = lru_cache(MAX_CACHED)(self._read)

    def issue(self, purpose: Purpose, user_id: int, session_id: UUID, now: datetime, lifetime: int) -> str:
        """A token that is valid for `lifetime` seconds from `now`."""
        claims = {
            "typ": purpose,
            "sub": str(user_id),
            "sid": str(session_id),
            "iat": now,
            "exp": now + timedelta(seconds=lifetime),
            "jti": uuid4().hex,
        }
        return self._sign(claims)

    def issue_step(self, step: LoginStep, now: datetime) -> str:
        """A token for the second step of a login."""
        claims = {"typ": STEP, "exp": now + STEP_LIFETIME, "step": msgspec.to_builtins(step)}
        return self._sign(claims)

    def read_step(self, text: str, now: datetime) -> LoginStep:
        """Raises InvalidToken, also if it has expired."""
        claims = self._verified(text, STEP, ("exp", "step", "typ"))
        if claims["exp"] <= now.timestamp():
            raise InvalidToken
        return msgspec.convert(claims["step"], LoginStep)

    def read_all(self, purpose: Purpose, texts: Iterable[str]) -> list[Token]:
        """The valid tokens among the texts, expired or not."""
        found = []
        for text in texts:
            try:
                found.append(self.read(purpose, text))
            except InvalidToken:  # suppress() would cost every request half a microsecond
                continue
        return found

    def _read(self, purpose: Purpose, text: str) -> Token:
        """The claims of a token, expired or not: the caller compares `expires_at`.

        Call it as `read`, which caches valid tokens: a player sends the same one with every request.
        Raises InvalidToken if this server did not issue it for this purpose.
        """
        claims = self._verified(text, purpose, ("exp", "sub", "sid", "typ"))
        try:
            return Token(
                user_id=int(claims["sub"]),
                session_id=UUID(claims["sid"]),
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            )
        except (ValueError, TypeError, OverflowError, AttributeError):
            raise InvalidToken from None

    def _sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self._secrets[self._current], ALGORITHM, headers={"kid": self._current})

    def _verified(self, text: str, purpose: str, required: tuple[str, ...]) -> dict[str, Any]:
        """The claims of a token that this server issued for this purpose. Raises InvalidToken."""
        try:
            key = self._secrets[jwt.get_unverified_header(text).get("kid", "")]
            claims: dict[str, Any] = jwt.decode(
                text,
                key,
                algorithms=[ALGORITHM],
                options={"verify_exp": False, "verify_iat": False, "require": list(required)},
            )
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError, AttributeError):
            raise InvalidToken from None
        if claims["typ"] != purpose:
            raise InvalidToken
        return claims


def _key_id(secret: str) -> str:
    """A key id that reveals nothing about the secret."""
    return sha256(b"videoflix key id\0" + secret.encode()).hexdigest()[:12]


def _signing_key(secret: str) -> bytes:
    """Derive a key of the full length for HS256, only for this use, from a secret of any length."""
    return sha256(b"videoflix jwt\0" + secret.encode()).digest()
