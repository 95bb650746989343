"""The home page, the page of a film, and the player's page."""

import json
import re

import pytest

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser, Publish
from tests.fixtures.services import PASSWORD
from tests.pages.documents import HTML, read
from videoflix.db.pool import Database
from videoflix.http.cookies import ACCESS
from videoflix.library.queries import videos


async def _report(client: Client, film: int, position: float, duration: float = 14) -> None:
    body = {"position": position, "duration": duration, "session": "a"}
    assert (await client.put(f"/api/me/progress/{film}/", json=body)).status == 204


async def _lengthen(database: Database, seconds: float) -> None:
    """Films that are long enough to be resumed."""
    async with database.connection() as connection:
        await connection.execute("UPDATE encodes SET duration = $1", seconds)


async def test_the_next_episode_starts_by_itself_unless_the_viewer_wants_it_otherwise(
    logged_in: Client, publish: Publish
) -> None:
    second, first = await publish("Planet S01E02"), await publish("Planet S01E01")
    made = await (await logged_in.post("/api/admin/series/", json={"title": "Planet"})).json()
    await logged_in.post(f"/api/admin/series/{made['id']}/episodes/", json={"ids": [second, first]})
    document = await read(await logged_in.get(f"/watch/{first}/"))
    assert f"/watch/{second}/" in document.links
    assert "countdown" in [each.get("id") for each in document.all("p")]
    await logged_in.post("/account/preferences/", data={"language": "en"})
    document = await read(await logged_in.get(f"/watch/{first}/"))
    assert f"/watch/{second}/" in document.links
    assert "countdown" not in [each.get("id") for each in document.all("p")]
    await logged_in.post("/account/preferences/", data={"language": "en", "autoplay": "on"})
    document = await read(await logged_in.get(f"/watch/{first}/"))
    assert "countdown" in [each.get("id") for each in document.all("p")]


async def test_another_film_of_the_category_is_offered_but_does_not_start_by_itself(
    logged_in: Client, publish: Publish
) -> None:
    older, newer = await publish("Sun"), await publish("Planet 2")
    document = await read(await logged_in.get(f"/watch/{newer}/"))
    assert f"/watch/{older}/" in document.links
    assert "countdown" not in [each.get("id") for each in document.all("p")]


@pytest.mark.parametrize("path", ["/", "/film/1/", "/watch/1/?t=5", "/list/", "/history/"])
async def test_without_a_login_pages_lead_to_the_login_and_back(client: Client, path: str) -> None:
    answer = await client.get(path, headers=HTML, allow_redirects=False)
    assert answer.status == 303
    assert answer.headers["Location"] == f"/login/?next={path.replace('?', '%3F').replace('=', '%3D')}"
    assert (await client.get(path)).status == 401  # programs get no page


async def test_an_empty_library_says_so(logged_in: Client) -> None:
    document = await read(await logged_in.get("/"))
    assert document.headings == ["No films yet"]
    assert "/admin/#/upload" in document.links


async def test_browsers_may_load_the_page_of_a_film_before_the_click(logged_in: Client, publish: Publish) -> None:
    address = (await logged_in.get("/")).headers["Speculation-Rules"]
    answer = await logged_in.get(json.loads(address))
    assert (answer.status, answer.content_type) == (200, "application/speculationrules+json")
    assert (await answer.json(content_type=None))["prefetch"][0]["where"] == {"href_matches": "/film/*"}
    assert "Speculation-Rules" not in (await logged_in.get(f"/watch/{await publish()}/")).headers


async def test_members_get_no_link_to_the_admin_pages(client: Client, make_user: MakeUser) -> None:
    await make_user("bob@example.org")
    await client.post("/login/", data={"email": "bob@example.org", "password": PASSWORD})
    document = await read(await client.get("/"))
    assert [link for link in document.links if link.startswith("/admin")] == []


async def test_home_shows_the_newest_film_and_rows(logged_in: Client, publish: Publish) -> None:
    first, second = await publish("First"), await publish("Second")
    document = await read(await logged_in.get("/"))
    assert document.headings == ["Second"]
    assert f"/watch/{second}/" in document.links
    assert document.links.count(f"/film/{first}/") == 2  # new, and its category
    assert "/category/Drama/" in document.links
    assert "Continue watching" not in document.text
    assert all(picture["src"].startswith(("/api/video/", "/static/")) for picture in document.all("img"))
    assert all(picture["width"] and picture["height"] for picture in document.all("img"))


async def test_thumbnails_have_the_widths_that_are_stored_and_stand_on_their_colour(
    logged_in: Client, publish: Publish, database: Database
) -> None:
    """A film from before has one size and no colour."""
    before, film = await publish("Before"), await publish("Film")
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE encodes SET thumbnail_width = 1100, thumbnail_colour = '#2040c0' WHERE video_id = $1", film
        )
    document = await read(await logged_in.get("/"))
    hero, *cards = (picture for picture in document.all("img") if picture["src"].startswith("/api/"))
    address = f"/api/video/{film}/thumbnail.jpg?v=1"
    assert hero["srcset"] == f"{address}&width=320 320w, {address} 640w, {address}&width=1280 1100w"
    assert {card.get("srcset") for card in cards} == {None, f"{address}&width=320 320w, {address} 640w"}
    assert [svg["color"] for svg in document.all("svg") if "color" in svg] == ["#2040c0"] * 3
    poster = (await read(await logged_in.get(f"/watch/{film}/"))).all("video")[0]["poster"]
    assert poster == f"{address}&width=1280"
    assert (await read(await logged_in.get(f"/watch/{before}/"))).all("video")[0]["poster"].endswith("?v=1")


async def test_a_title_with_markup_is_text(logged_in: Client, publish: Publish) -> None:
    film = await publish("&lt;b&gt; &amp; שלום")
    for path in ("/", f"/film/{film}/", f"/watch/{film}/"):
        text = await (await logged_in.get(path)).text()
        assert "&lt;b&gt; &amp; שלום" in text
        assert "<b>" not in text


async def test_home_continues_a_film(logged_in: Client, publish: Publish, database: Database) -> None:
    film = await publish()
    await _lengthen(database, 3000)
    await _report(logged_in, film, 2530, 3000)
    document = await read(await logged_in.get("/"))
    assert "Continue watching" in document.text
    assert document.text.count("Resume at 42:10") == 2  # the hero and the card
    assert document.all("progress")


async def test_a_film_has_its_facts_and_a_way_to_play(logged_in: Client, publish: Publish) -> None:
    film, other = await publish("A film"), await publish("Another")
    document = await read(await logged_in.get(f"/film/{film}/"))
    assert document.headings == ["A film"]
    for fact in ("What happens", "Drama", "14 s", "1080p"):
        assert fact in document.text
    assert {f"/watch/{film}/", f"/film/{other}/", "/category/Drama/"} <= set(document.links)
    assert "From the start" not in document.text


async def test_a_film_is_resumed_or_started_again(logged_in: Client, publish: Publish, database: Database) -> None:
    film = await publish()
    await _lengthen(database, 3000)
    await _report(logged_in, film, 2530, 3000)
    document = await read(await logged_in.get(f"/film/{film}/"))
    assert "Resume at 42:10" in document.text
    assert f"/watch/{film}/?t=0" in document.links


async def test_a_film_in_preparation_is_shown_to_administrators(
    logged_in: Client, database: Database, make_user: MakeUser
) -> None:
    async with database.transaction() as connection:
        film = await videos.insert(connection, "New", "", "Drama")
        await connection.execute("INSERT INTO encodes (video_id, version, state) VALUES ($1, 1, 'queued')", film)
    document = await read(await logged_in.get(f"/film/{film}/"))
    assert "still being prepared: 0 %" in document.text
    assert f"/watch/{film}/" not in document.links
    assert (await logged_in.get(f"/watch/{film}/")).status == 404
    await make_user("bob@example.org")
    await logged_in.post("/login/", data={"email": "bob@example.org", "password": PASSWORD})
    assert (await logged_in.get(f"/film/{film}/")).status == 404


@pytest.mark.parametrize("state", ["queued", "encoding", "failed"])
async def test_a_complete_film_that_is_encoded_again_is_complete(
    logged_in: Client, publish: Publish, database: Database, state: str
) -> None:
    film = await publish()
    async with database.connection() as connection:
        await connection.execute("INSERT INTO encodes (video_id, version, state) VALUES ($1, 2, $2)", film, state)
    document = await read(await logged_in.get(f"/film/{film}/"))
    assert "being prepared" not in document.text
    assert "could not be prepared" not in document.text


async def test_a_film_that_failed_says_so(logged_in: Client, database: Database) -> None:
    async with database.transaction() as connection:
        film = await videos.insert(connection, "New", "", "")
        await connection.execute("INSERT INTO encodes (video_id, version, state) VALUES ($1, 1, 'failed')", film)
    document = await read(await logged_in.get(f"/film/{film}/"))
    assert "could not be prepared" in document.text
    assert "/category//" not in document.links


@pytest.mark.parametrize("path", ["/film/7/", "/film/x/", "/watch/7/", "/watch/-1/", "/film/99999999999999999999/"])
async def test_an_unknown_film_is_a_404_page(logged_in: Client, path: str) -> None:
    answer = await logged_in.get(path, headers=HTML)
    assert answer.status == 404
    assert (await read(answer)).headings == ["This page does not exist"]


async def test_the_player_allows_inline_styles_and_nothing_else(logged_in: Client, publish: Publish) -> None:
    film = await publish()
    answer = await logged_in.get(f"/watch/{film}/")
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["style-src"] == "'self' 'unsafe-inline'"
    assert "unsafe" not in policy["script-src"]
    document = await read(answer)
    assert [script for script in document.all("script") if "src" not in script] == [
        {"type": "application/json", "id": "words"}
    ]
    assert not [name for _, attributes in document.elements for name in attributes if name.startswith("on")]


@pytest.mark.parametrize(("query", "start"), [("", "2530"), ("?t=0", "0"), ("?t=99", "99"), ("?t=x", "2530")])
async def test_the_player_starts_where_it_should(
    logged_in: Client, publish: Publish, database: Database, query: str, start: str
) -> None:
    film = await publish()
    await _lengthen(database, 3000)
    await _report(logged_in, film, 2530, 3000)
    document = await read(await logged_in.get(f"/watch/{film}/{query}"))
    assert float(document.all("main")[0]["data-start"]) == float(start)


async def test_the_words_of_the_player_are_translated(logged_in: Client, publish: Publish) -> None:
    film = await publish()
    answer = await logged_in.get(f"/watch/{film}/", headers={"Accept-Language": "de"})
    found = re.search(r'id="words">(.*?)</script>', await answer.text(), re.DOTALL)
    assert found
    assert json.loads(found[1])["labels"]["play"] == "Abspielen"


async def test_the_next_film_of_the_category_follows(logged_in: Client, publish: Publish) -> None:
    last, first = await publish("Last"), await publish("First")
    assert f"/watch/{last}/" in (await read(await logged_in.get(f"/watch/{first}/"))).links
    assert f"/watch/{first}/" not in (await read(await logged_in.get(f"/watch/{last}/"))).links


async def test_a_form_adds_to_the_list_and_removes_again(logged_in: Client, publish: Publish) -> None:
    film = await publish()
    form = {"wanted": "yes", "back": f"/film/{film}/"}
    answer = await logged_in.post(f"/film/{film}/list/", data=form, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, f"/film/{film}/")
    assert "On my list" in (await read(await logged_in.get(f"/film/{film}/"))).text
    await logged_in.post(f"/film/{film}/list/", data={**form, "wanted": "no"})
    assert "On my list" not in (await read(await logged_in.get(f"/film/{film}/"))).text
    assert (await logged_in.post("/film/7/list/", data=form, headers=HTML)).status == 404


async def test_a_form_works_after_the_access_token_has_expired(logged_in: Client, publish: Publish) -> None:
    film = await publish()
    logged_in.session.cookie_jar.clear(lambda cookie: cookie.key == ACCESS)
    answer = await logged_in.post(f"/film/{film}/list/", data={"wanted": "yes"}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert ACCESS in {cookie.key for cookie in logged_in.session.cookie_jar}


async def test_a_form_without_a_session_leads_to_the_login(client: Client) -> None:
    answer = await client.post("/film/1/list/", data={}, headers=HTML, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/login/")
