from tests.fixtures.app import Client
from tests.fixtures.published import Publish
from videoflix.watching.resources import RECORDER


async def test_films_are_found_with_what_the_viewer_has_done(logged_in: Client, publish: Publish) -> None:
    film, other = await publish("Casablanca"), await publish("Casablanca, again")
    await publish("Something else")
    await logged_in.put(f"/api/me/list/{film}/")
    await logged_in.put(f"/api/me/progress/{film}/", json={"position": 7, "duration": 14, "session": "a"})
    await logged_in.app[RECORDER].flush()
    found = await (await logged_in.get("/api/search/", params={"q": "casablnca"})).json()
    assert found["total"] == 2
    assert [card["id"] for card in found["items"]] == [film, other]
    first, second = found["items"]
    assert (first["in_list"], first["progress"], first["watched"]) == (True, 0.5, True)
    assert (second["in_list"], second["progress"], second["watched"]) == (False, 0, False)
    assert first["thumbnail_url"].startswith(f"http://127.0.0.1:{logged_in.port}/")


async def test_searches_that_find_nothing(logged_in: Client, publish: Publish) -> None:
    await publish()
    for text in ("", "   ", "%_\\", "'; DROP TABLE videos; --"):
        answer = await logged_in.get("/api/search/", params={"q": text})
        assert (answer.status, await answer.json()) == (200, {"items": [], "total": 0})
    assert (await (await logged_in.get("/api/search/")).json())["items"] == []


async def test_a_search_that_is_too_long_is_a_400(logged_in: Client) -> None:
    for length in (201, 4000, 8000):
        answer = await logged_in.get("/api/search/", params={"q": "a" * length})
        assert answer.status == 400
        assert list((await answer.json())["fields"]) == ["q"]
    assert (await logged_in.get("/api/search/", params={"q": "a\0"})).status == 400
    assert (await logged_in.get("/api/search/", params={"q": "a" * 200})).status == 200


async def test_the_search_is_for_viewers_who_are_logged_in(client: Client) -> None:
    assert (await client.get("/api/search/?q=film")).status == 401
