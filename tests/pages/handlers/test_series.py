"""The page of a series, and the pages of its episodes."""

from tests.fixtures.app import Client
from tests.fixtures.published import Publish
from tests.pages.documents import read
from videoflix.db.pool import Database
from videoflix.library.models import Episode
from videoflix.library.queries import series


async def _make(database: Database, seasons: dict[int, list[int]], title: str = "The Show") -> int:
    async with database.connection() as connection:
        series_id = await series.insert(connection, title, "People.")
        ordered = [
            Episode(id=video, title="", season=season, number=number)
            for season, videos in seasons.items()
            for number, video in enumerate(videos, 1)
        ]
        await series.set_episodes(connection, series_id, ordered)
    return series_id


async def test_a_series_has_seasons_without_a_script(logged_in: Client, publish: Publish, database: Database) -> None:
    first, second, third = (
        await publish("Show S01E01 Storm"),
        await publish("Show S01E02"),
        await publish("Making of"),
    )
    series_id = await _make(database, {1: [first, second], 0: [third]}, "&lt;Show&gt;")
    document = await read(await logged_in.get(f"/series/{series_id}/"))
    assert document.headings == ["<Show>"]
    assert {"Storm", "Episode 2", "Play S1 E1"} <= set(document.words)
    assert {f"/watch/{first}/", f"/watch/{second}/", "?season=0"} <= set(document.links)
    assert f"/watch/{third}/" not in document.links
    for query in ("season=0", "season=9", "season=x"):
        document = await read(await logged_in.get(f"/series/{series_id}/?{query}"))
        assert (f"/watch/{third}/" in document.links) == (query == "season=0")


async def test_an_episode_leads_to_its_series_and_to_its_neighbours_across_seasons(
    logged_in: Client, publish: Publish, database: Database
) -> None:
    first, second, third, other = [await publish(title) for title in ("One", "Two", "Three", "Heat")]
    series_id = await _make(database, {1: [first, second], 2: [third]})
    document = await read(await logged_in.get(f"/film/{second}/"))
    assert f"/series/{series_id}/?season=1" in document.links
    assert [link for link in document.links if link.startswith("/film/")] == [f"/film/{other}/"]
    document = await read(await logged_in.get(f"/watch/{second}/"))
    assert f"/series/{series_id}/?season=1" in document.links
    assert {each.get("id"): each.get("href") for each in document.all("a") if each.get("id")} == {
        "previous": f"/watch/{first}/",
        "following": f"/watch/{third}/",
    }
    last = await read(await logged_in.get(f"/watch/{third}/"))
    assert [each.get("id") for each in last.all("a") if each.get("id")] == ["previous"]
    assert "countdown" not in [each.get("id") for each in last.all("p")]


async def test_home_leads_to_a_series(logged_in: Client, publish: Publish, database: Database) -> None:
    first = await publish("One")
    series_id = await _make(database, {1: [first]})
    document = await read(await logged_in.get("/"))
    assert f"/series/{series_id}/" in document.links
    assert f"/film/{first}/" not in document.links
