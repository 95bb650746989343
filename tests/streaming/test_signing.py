"""How addresses are signed, and for how long. What nginx accepts is tested in tests/gateway."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from videoflix.streaming.signing import PAUSES, SIGN, Signer, bunny_token, sign_for_bunny

SESSION = UUID(int=0xABC)


@pytest.mark.parametrize(
    ("path", "parameters", "token"),
    [
        ("/abc", {"token_path": "/abc"}, "HS256-uVZvT3SbEoVKYJyDJgbcsDmSFf73cv-uNUVaJiKWpbQ"),
        ("/300kb.jpg", {"limit": "1000"}, "HS256-DAVapqNNED3Z7JkjRTYX0UOIHNtbHEuuhRNEc4A7mMQ"),
        ("/300kb.jpg", {}, "HS256-o10JRWlsAItyAsdKS6jJKjabHN4FrFsplDHPV1idcX4"),
    ],
)
def test_the_token_of_bunny_is_that_of_its_own_examples(path: str, parameters: dict[str, str], token: str) -> None:
    """https://github.com/BunnyWay/BunnyCDN.TokenAuthentication, e2e/vectors.json."""
    assert bunny_token("SecurityKey", path, 1598024587, parameters) == token


def test_the_directory_of_a_token_of_bunny_stands_in_the_path() -> None:
    signed = sign_for_bunny("SecurityKey", "/7/1/", 1598024587, "abc")
    start, _, token = signed.partition("=")
    assert start == "/bcdn_token"
    assert token.endswith("&session=abc&token_path=%2F7%2F1%2F&expires=1598024587")
    for other in (("Other", "/7/1/", "abc"), ("SecurityKey", "/7/2/", "abc"), ("SecurityKey", "/7/1/", "abd")):
        key, folder, session = other
        assert sign_for_bunny(key, folder, 1598024587, session)[:60] != signed[:60]


@pytest.mark.parametrize("tokens", SIGN)
def test_addresses_stay_the_same_for_a_while_and_are_valid_for_long_enough(tokens: str) -> None:
    told: list[tuple[int, str]] = []

    def sign(key: str, folder: str, expires: int, session: str) -> str:
        told.append((expires, SIGN[tokens](key, folder, expires, session)))
        return told[-1][1]

    signer = Signer("https://cdn.example", "key", sign, lifetime=600)
    for now in range(1_800_000_000, 1_800_001_800, 100):
        signed = signer.folder("/7/1/", 0, SESSION, now + 0.9)
        assert signed.address == f"https://cdn.example{told[-1][1]}/7/1/"
        assert 300 <= told[-1][0] - now <= 600
        assert signed.signed_at <= datetime.fromtimestamp(now + 0.9, UTC)
    assert len(set(told)) == 6
    signer.folder("/7/1/", 5400.2, SESSION, 1_800_000_000)
    assert told[-1][0] == 1_800_000_000 + 600 + 5401 + PAUSES
