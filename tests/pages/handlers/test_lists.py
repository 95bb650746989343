"""Pages with many films: categories, the own list and the history."""

import pytest
from yarl import URL

from tests.fixtures.app import Client
from tests.fixtures.published import Publish
from tests.pages.documents import HTML, read
from videoflix.db.pool import Database
from videoflix.pages.handlers import lists


async def _play(client: Client, film: int) -> None:
    body = {"position": 5, "duration": 14, "session": "a"}
    assert (await client.put(f"/api/me/progress/{film}/", json=body)).status == 204


async def test_a_category_has_its_films(logged_in: Client, publish: Publish) -> None:
    film = await publish()
    document = await read(await logged_in.get("/category/Drama/"))
    assert document.headings == ["Drama"]
    assert f"/film/{film}/" in document.links
    assert (await logged_in.get("/category/Opera/", headers=HTML)).status == 404


async def test_any_name_of_a_category_has_an_address(logged_in: Client, publish: Publish, database: Database) -> None:
    film = await publish()
    async with database.connection() as connection:
        await connection.execute("UPDATE videos SET category = $1", "Sci/Fi &lt;ä? & #1")
    document = await read(await logged_in.get(f"/film/{film}/"))
    (address,) = (link for link in document.links if link.startswith("/category/"))
    listed = await read(await logged_in.get(URL(address, encoded=True)))
    assert listed.headings == ["Sci/Fi <ä? & #1"]


async def test_long_lists_have_pages(logged_in: Client, publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PER_PAGE", 2)
    films = [await publish(f"Film {number}") for number in range(3)]
    first = await read(await logged_in.get("/category/Drama/"))
    assert ("Page 1 of 2" in first.text, "?page=2" in first.links) == (True, True)
    second = await read(await logged_in.get("/category/Drama/?page=2"))
    assert f"/film/{films[0]}/" in second.links
    assert f"/film/{films[2]}/" not in second.links
    assert (await logged_in.get("/category/Drama/?page=x", headers=HTML)).status == 400


async def test_my_list(logged_in: Client, publish: Publish) -> None:
    assert "appear here" in (await read(await logged_in.get("/list/"))).text
    film = await publish()
    await logged_in.put(f"/api/me/list/{film}/")
    assert f"/film/{film}/" in (await read(await logged_in.get("/list/"))).links


async def test_films_of_the_history_are_removed_one_by_one_or_together(logged_in: Client, publish: Publish) -> None:
    films = [await publish(f"Film {number}") for number in range(3)]
    for film in films:
        await _play(logged_in, film)
    assert len({link for link in (await read(await logged_in.get("/history/"))).links if "film" in link}) == 3
    await logged_in.post(f"/history/{films[0]}/remove/")
    document = await read(await logged_in.get("/history/"))
    assert f"/film/{films[0]}/" not in document.links
    assert f"/film/{films[1]}/" in document.links
    answer = await logged_in.post("/history/clear/")
    assert "What you watch appears here." in (await read(answer)).text
