"""The search page."""

import pytest

from tests.fixtures.app import Client
from tests.fixtures.published import Publish
from tests.pages.documents import read


async def test_without_words_the_categories_are_offered(logged_in: Client, publish: Publish) -> None:
    await publish()
    document = await read(await logged_in.get("/search/"))
    assert "/category/Drama/" in document.links
    assert document.fields["q"] == ""


async def test_films_are_found_despite_accents(logged_in: Client, publish: Publish) -> None:
    film, other = await publish("Amélie"), await publish("Metropolis")
    document = await read(await logged_in.get("/search/", params={"q": "amelie"}))
    assert f"/film/{film}/" in document.links
    assert f"/film/{other}/" not in document.links
    assert "1 film" in document.text


@pytest.mark.parametrize("words", ["x" * 5_000, "%_\\", "\0", "<script>", "'; DROP TABLE videos"])
async def test_any_words_have_an_answer(logged_in: Client, publish: Publish, words: str) -> None:
    await publish()
    answer = await logged_in.get("/search/", params={"q": words})
    assert answer.status == 200
    assert "<script>" not in await answer.text()
    document = await read(answer)
    assert len(document.fields["q"]) <= 200


async def test_nothing_found_is_said(logged_in: Client) -> None:
    document = await read(await logged_in.get("/search/?q=zebra"))
    assert "There is no film like “zebra”." in document.text


async def test_every_page_has_the_search(logged_in: Client) -> None:
    for path in ("/", "/list/", "/history/", "/account/"):
        assert "q" in (await read(await logged_in.get(path))).fields
