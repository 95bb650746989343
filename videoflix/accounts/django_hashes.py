"""Hashes of passwords as Django stores them: verified until their owners log in, and get one of ours."""

import base64
import binascii
import hmac
from hashlib import pbkdf2_hmac

from argon2 import extract_parameters
from argon2.exceptions import InvalidHashError
from msgspec import Struct

PBKDF2, ARGON2, UNUSABLE = "pbkdf2_sha256$", "argon2$", "!"
# Django 6 has 1.2 million iterations, which take half a second, and 100 MB. Verifying a hash that asks for far more
# would block a thread for minutes, or take the memory of the server.
MAX_ITERATIONS = 5_000_000
MAX_ARGON2_KIB, MAX_ARGON2_PASSES, MAX_ARGON2_LANES = 512 * 1024, 16, 64


class _Pbkdf2(Struct, frozen=True):
    iterations: int
    salt: bytes
    digest: bytes


def is_pbkdf2(password_hash: str) -> bool:
    return password_hash.startswith(PBKDF2)


def matches(password_hash: str, password: str) -> bool:
    """Whether this is the password of a hash `pbkdf2_sha256$iterations$salt$digest`. Takes up to two seconds."""
    parts = _parse(password_hash)
    if parts is None:
        return False
    digest = pbkdf2_hmac("sha256", password.encode("utf-8", "surrogatepass"), parts.salt, parts.iterations)
    return hmac.compare_digest(digest, parts.digest)


def importable(password_hash: str) -> str:
    """The hash as we store it, or an empty text if it cannot be verified: the owner needs a new password."""
    if is_pbkdf2(password_hash):
        return password_hash if _parse(password_hash) else ""
    ours = password_hash.removeprefix("argon2")
    return ours if password_hash.startswith(ARGON2) and _is_affordable(ours) else ""


def why_not(password_hash: str) -> str:
    """Why a hash is not `importable`, without any part of the hash but the name of its algorithm."""
    name = password_hash.partition("$")[0]
    if not password_hash or password_hash.startswith(UNUSABLE):
        return "it has no password"
    if f"{name}$" in (PBKDF2, ARGON2):
        return f"its {name} hash is malformed or too costly"
    return "its password is hashed in a way that is not supported"


def _parse(password_hash: str) -> _Pbkdf2 | None:
    """None if the hash is malformed, or if verifying it would take too long."""
    parts = password_hash.split("$")
    if len(parts) != 4 or not (parts[1].isascii() and parts[1].isdigit() and len(parts[1]) < 10):
        return None
    try:
        digest = base64.b64decode(parts[3], validate=True)
    except (binascii.Error, ValueError):
        return None
    iterations = int(parts[1])
    if not 1 <= iterations <= MAX_ITERATIONS or len(digest) != 32 or not parts[2]:
        return None
    return _Pbkdf2(iterations, parts[2].encode(), digest)


def _is_affordable(argon2_hash: str) -> bool:
    try:
        cost = extract_parameters(argon2_hash)
    except InvalidHashError:
        return False
    return (
        cost.memory_cost <= MAX_ARGON2_KIB
        and cost.time_cost <= MAX_ARGON2_PASSES
        and cost.parallelism <= MAX_ARGON2_LANES
    )
