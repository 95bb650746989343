"""Whether mails are sent."""

from dataclasses import replace
from typing import Any

import pytest

from tests.checks.test_addresses import PUBLIC
from videoflix.checks import mail as check
from videoflix.checks.finding import Mark
from videoflix.settings import Settings


@pytest.mark.parametrize(
    ("changes", "mark"),
    [({}, Mark.GOOD), ({"host": "10.0.0.1"}, Mark.WARNING), (PUBLIC, Mark.WARNING), ({"debug": True}, Mark.GOOD)],
    ids=str,
)
async def test_printed_mails_are_a_problem_only_where_others_wait_for_them(
    settings: Settings, changes: dict[str, Any], mark: Mark
) -> None:
    printing = replace(settings, email_backend="console", **changes)
    (finding,) = [finding async for finding in check.mail(printing)]
    assert finding.mark is mark
    assert ("EMAIL_BACKEND=smtp" in finding.message) == (mark is Mark.WARNING)
