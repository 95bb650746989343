"""Who may see a video, as cells of a table."""

from datetime import UTC, datetime
from typing import Any

import pytest

from videoflix.library.audience import AudienceFields
from videoflix.library.audience_cells import group_cell, read_audience


@pytest.mark.parametrize(("group_ids", "cell"), [(None, "everyone"), ([], "nobody"), ([3, 12], "3 12")])
def test_groups_are_read_as_they_are_written(group_ids: list[int] | None, cell: str) -> None:
    assert group_cell(group_ids) == cell
    assert read_audience({"group_ids": f" {cell.upper()} "}) == AudienceFields(group_ids=group_ids)
    assert read_audience({"group_ids": group_ids}) == AudienceFields(group_ids=group_ids)


def test_missing_columns_change_nothing_and_the_others_are_read() -> None:
    assert read_audience({"id": "7"}) == AudienceFields()
    record = {"min_age": " 12 ", "is_draft": "TRUE", "visible_from": "2030-01-01T00:00:00Z"}
    assert read_audience(record) == AudienceFields(
        min_age=12, is_draft=True, visible_from=datetime(2030, 1, 1, tzinfo=UTC)
    )
    assert read_audience({"visible_from": ""}) == AudienceFields(visible_from=None)


@pytest.mark.parametrize(
    "record",
    [
        {"group_ids": ""},
        {"group_ids": "Club"},
        {"group_ids": "0"},
        {"group_ids": "1" * 30},
        {"group_ids": 1},
        {"min_age": "13"},
        {"min_age": ""},
        {"min_age": None},
        {"is_draft": "maybe"},
        {"visible_from": "2030-01-01T00:00:00"},
        {"visible_from": "0001-01-01T00:00:00Z"},
        {"visible_from": "tomorrow"},
    ],
)
def test_what_cannot_be_read_says_why(record: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        read_audience(record)
