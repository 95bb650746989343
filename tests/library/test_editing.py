"""Changing the metadata of videos, whoever asks for it."""

import asyncio
import json
from typing import Any

import pytest

from tests.fixtures.published import MakeUser, Publish
from videoflix.db.notifications import listening
from videoflix.db.pool import Database
from videoflix.errors import InvalidFields, NotFound
from videoflix.library.editing import Change, VideoFields, compare, edit, edit_video, preview
from videoflix.library.models import Metadata, VideoText
from videoflix.library.queries import videos
from videoflix.settings import Settings

ALIEN = VideoText("Alien", "", "Horror")


@pytest.fixture
async def user_id(make_user: MakeUser) -> int:
    return await make_user()


async def _audit(database: Database) -> list[tuple[str, Any]]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT target, detail FROM audit WHERE action = 'video.edit' ORDER BY id")
    return [(row["target"], json.loads(row["detail"])) for row in rows]


def test_only_differing_fields_are_a_change() -> None:
    changed = compare({7: {"title": "&lt;Aliens&gt;", "category": "Horror"}}, {7: ALIEN})
    assert changed.changes == [Change(7, ALIEN, VideoText("&lt;Aliens&gt;", "", "Horror"))]
    assert changed.changes[0].fields == {"title": ("Alien", "<Aliens>")}


def test_the_same_text_in_another_spelling_is_no_change() -> None:
    assert compare({7: {"title": "é"}}, {7: VideoText("&eacute;", "", "")}).changes == []


def test_unknown_videos_are_named() -> None:
    changed = compare({7: {}, 8: {"title": "Heat"}}, {7: ALIEN})
    assert (changed.changes, changed.unknown) == ([], {8})


async def test_several_videos_are_changed_and_recorded_together(
    database: Database, publish: Publish, user_id: int
) -> None:
    first, second, third = await publish("Heat"), await publish("Alien"), await publish("Thief")
    given = {
        first: Metadata(title="<b>Heat"),
        second: Metadata(title="Alien"),
        third: Metadata(description="", category="Crime"),
        99: Metadata(title="Nobody"),
    }
    async with database.transaction() as connection:
        expected = await preview(connection, given)
        assert await edit(connection, user_id, given) == expected
        stored = await videos.metadata_of(connection, list(given))
    assert ([one.video_id for one in expected.changes], expected.unknown) == ([first, third], {99})
    assert stored == {
        first: VideoText("&lt;b&gt;Heat", "What happens", "Drama"),
        second: VideoText("Alien", "What happens", "Drama"),
        third: VideoText("Thief", "", "Crime"),
    }
    assert await _audit(database) == [
        (f"video:{first}", {"title": ["Heat", "<b>Heat"]}),
        (f"video:{third}", {"category": ["Drama", "Crime"], "description": ["What happens", ""]}),
    ]


async def test_an_empty_title_changes_no_video(database: Database, publish: Publish, user_id: int) -> None:
    first, second = await publish("Heat"), await publish("Alien")
    with pytest.raises(InvalidFields):
        async with database.transaction() as connection:
            await edit(connection, user_id, {first: Metadata(title="Thief"), second: Metadata(title=" \0")})
    async with database.connection() as connection:
        assert {one.title for one in (await videos.metadata_of(connection, [first, second])).values()} == {
            "Heat",
            "Alien",
        }
    assert await _audit(database) == []


async def test_an_unknown_video_is_not_found(database: Database, user_id: int) -> None:
    with pytest.raises(NotFound):
        await edit_video(database, user_id, 99, VideoFields(title="Nobody"))


async def test_listeners_are_told_of_an_edit(
    settings: Settings, database: Database, publish: Publish, user_id: int
) -> None:
    video_id, told = await publish("Heat"), asyncio.Queue[int | None]()
    async with listening(settings, {"videos": told.put_nowait}), asyncio.timeout(10):
        assert await told.get() is None  # it listens
        await edit_video(database, user_id, video_id, VideoFields(title="Thief"))
        assert await told.get() == video_id
