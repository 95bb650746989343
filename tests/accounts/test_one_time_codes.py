"""Codes of authenticator apps and recovery codes, without an account."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from videoflix.accounts import one_time_codes as codes

# The secret and the codes of RFC 6238, appendix B (SHA-1), of which apps show the last six digits.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
NOW = datetime.fromtimestamp(1_111_111_111, UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (20_000_000_000, "353130")],
)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    assert codes.step_of(SECRET, code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


@pytest.mark.parametrize(
    ("seconds", "is_accepted"), [(0, True), (30, True), (-30, True), (60, False), (-60, False), (3600, False)]
)
def test_one_step_of_difference_is_accepted(seconds: int, is_accepted: bool) -> None:
    step = codes.step_of(SECRET, "050471", NOW + timedelta(seconds=seconds))
    assert step == (1_111_111_111 // 30 if is_accepted else None)


@pytest.mark.parametrize(("seconds", "is_told"), [(60, True), (-800, True), (7200, False)])
def test_a_clock_that_is_a_few_minutes_off_is_recognised(seconds: int, is_told: bool) -> None:
    assert codes.has_other_clock(SECRET, "050471", NOW + timedelta(seconds=seconds)) is is_told


@pytest.mark.parametrize(
    ("typed", "normal", "is_of_app"),
    [
        (" 050 471 ", "050471", True),
        ("050-471", "050471", True),
        ("05047", "05047", False),
        ("٠٥٠٤٧١", "٠٥٠٤٧١", False),
        ("7kq2-xw9m-pd4h", "7KQ2XW9MPD4H", False),
        ("", "", False),
    ],
)
def test_codes_are_compared_as_people_type_them(typed: str, normal: str, is_of_app: bool) -> None:
    assert codes.normal(typed) == normal
    assert codes.is_of_app(normal) is is_of_app


def test_apps_learn_the_account_from_the_address() -> None:
    address = urlsplit(codes.setup_address(SECRET, "ada+films@example.org"))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert address.path == "/Videoflix:ada%2Bfilms%40example.org"
    assert parse_qs(address.query) == {"secret": [SECRET], "issuer": ["Videoflix"]}


def test_recovery_codes_are_random_and_hashed_for_their_account() -> None:
    created = codes.new_recovery_codes()
    assert len(set(created)) == 10
    assert all(re.fullmatch(r"(?:[2-9A-HJ-NP-Z]{4}-){2}[2-9A-HJ-NP-Z]{4}", code) for code in created)
    assert codes.recovery_hash(1, created[0]) != codes.recovery_hash(2, created[0])
