from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
import pytest

from videoflix.accounts.tokens import InvalidToken, Keyring, decode_uid, encode_uid, mail_token_hash, new_mail_token

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SESSION = uuid4()


def test_a_token_is_read_as_it_was_issued() -> None:
    ring = Keyring("a secret")
    token = ring.read("access", ring.issue("access", 7, SESSION, NOW, 60))
    assert (token.user_id, token.session_id, token.expires_at) == (7, SESSION, NOW + timedelta(seconds=60))


def test_a_token_carries_the_claims_of_the_contract() -> None:
    text = Keyring("a secret").issue("access", 7, SESSION, NOW, 60)
    assert set(jwt.decode(text, options={"verify_signature": False})) == {"typ", "sub", "sid", "iat", "exp", "jti"}
    assert {"alg", "kid"} <= set(jwt.get_unverified_header(text))


def test_tokens_are_valid_only_for_their_purpose() -> None:
    ring = Keyring("a secret")
    with pytest.raises(InvalidToken):
        ring.read("access", ring.issue("refresh", 7, SESSION, NOW, 60))
    with pytest.raises(InvalidToken):
        ring.read("refresh", ring.issue("access", 7, SESSION, NOW, 60))


def test_a_rotated_secret_is_accepted_while_it_is_a_fallback() -> None:
    text = Keyring("the old one").issue("access", 7, SESSION, NOW, 60)
    assert Keyring("the new one", "the old one").read("access", text).user_id == 7
    with pytest.raises(InvalidToken):
        Keyring("the new one").read("access", text)


def _forged(**changes: object) -> str:
    ring = Keyring("a secret")
    text = ring.issue("access", 7, SESSION, NOW, 60)
    claims = {**jwt.decode(text, options={"verify_signature": False}), **changes}
    return jwt.encode(claims, ring._secrets[ring._current], "HS256", headers={"kid": ring._current})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b.c",
        "ä\0",
        "." * 5000,
        jwt.encode({"typ": "access", "sub": "7", "sid": str(SESSION), "exp": NOW}, "", "none"),
        jwt.encode({"typ": "access", "sub": "7", "sid": str(SESSION), "exp": NOW}, "k" * 40, "HS256"),
        _forged(sub="no number"),
        _forged(sid="no uuid"),
        _forged(sid=None),
        _forged(exp="tomorrow"),
        _forged(exp=10**30),
        _forged(typ=["access"]),
    ],
)
def test_forged_and_malformed_tokens_are_refused(text: str) -> None:
    with pytest.raises(InvalidToken):
        Keyring("a secret").read("access", text)


@pytest.mark.parametrize("number", [1, 9, 10, 123, 10**18 - 1])
def test_a_uid_is_decoded_to_its_id(number: int) -> None:
    text = encode_uid(number)
    assert "=" not in text
    assert decode_uid(text) == number


@pytest.mark.parametrize(
    "text",
    ["", "MQ==", "MQ=", "M", "!!", "LTE", "MS41", "MDE", "٣", "\ud800", "OTk5" * 7, "MR"],
)
def test_malformed_uids_are_refused(text: str) -> None:
    assert decode_uid(text) is None


def test_mail_tokens_are_random_and_long() -> None:
    assert len({new_mail_token() for _ in range(100)}) == 100
    assert len(new_mail_token()) == 43
    assert len(mail_token_hash("x\ud800")) == 32
