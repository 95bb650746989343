"""Who may call which route, and that a hidden film is found through none of them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import web
from msgspec import Struct

from tests.fixtures.app import Client
from tests.fixtures.media import Media
from tests.fixtures.published import Publish
from videoflix.accounts.resources import KEYRING
from videoflix.app import create_app
from videoflix.db.pool import Connection, Database
from videoflix.http import access
from videoflix.settings import Settings

# What is done to a film of each kind, and who then sees it. The series is for the group, from 16 years on.
FILMS = {
    "Public": "",
    "Grouped": "UPDATE videos SET group_ids = ARRAY[1] WHERE id = $1",
    "Adult": "UPDATE videos SET min_age = 16 WHERE id = $1",
    "Draft": "UPDATE videos SET is_draft = true WHERE id = $1",
    "Scheduled": "UPDATE videos SET visible_from = now() + interval '1 hour' WHERE id = $1",
    "Removed": "UPDATE videos SET group_ids = ARRAY[]::bigint[] WHERE id = $1",
    "Episode": "UPDATE videos SET series_id = 1, season = 1, episode = 1 WHERE id = $1",
    "Appeared": "UPDATE videos SET visible_from = now() - interval '1 hour' WHERE id = $1",
}
VISIBLE = {
    "guest": {"Grouped"},
    "child": {"Public", "Grouped", "Appeared"},
    "member": {"Public", "Grouped", "Adult", "Episode", "Appeared"},
    "outsider": {"Public", "Adult", "Appeared"},
    "admin": set(FILMS),
}
POSITION = {"position": 60, "duration": 14, "session": "x"}


class Route(Struct, frozen=True):
    """A route about one film, and its status for those who may see the film. Guests may call those that play it."""

    method: str
    path: str
    for_guests: bool = True
    status: int = 200
    values: dict[str, Any] = {}


ROUTES = [
    Route("GET", "/api/video/{id}/"),
    Route("GET", "/api/video/{id}/events/"),
    Route("GET", "/api/video/{id}/master.m3u8"),
    Route("GET", "/api/video/{id}/thumbnail.jpg"),
    Route("GET", "/api/video/{id}/storyboard.vtt"),
    Route("GET", "/api/video/{id}/storyboard/{sheet}"),
    Route("GET", "/api/video/{id}/captions/{number}.vtt"),
    Route("GET", "/api/video/{id}/captions/{number}/index.m3u8"),
    Route("GET", "/api/video/{id}/audio/{track}/index.m3u8"),
    Route("GET", "/api/video/{id}/audio/{track}/{audio}"),
    Route("GET", "/api/video/{id}/{resolution}/index.m3u8"),
    Route("GET", "/api/video/{id}/{resolution}/{segment}"),
    Route("GET", "/api/video/{id}/{resolution}/{segment}/"),
    Route("GET", "/film/{id}/"),
    Route("GET", "/watch/{id}/"),
    Route("POST", "/film/{id}/list/", False, 303, {"data": {"wanted": "yes"}}),
    Route("GET", "/api/me/progress/{id}/", False),
    Route("PUT", "/api/me/progress/{id}/", False, 204, {"json": POSITION}),
    Route("PUT", "/api/me/watched/{id}/", False, 204),
    Route("DELETE", "/api/me/watched/{id}/", False, 204),
    Route("PUT", "/api/me/list/{id}/", False, 204),
]
# Whoever has watched or listed a film may remove it also when it is hidden.
OWN = {
    ("DELETE", "/api/me/progress/{id}/"),
    ("DELETE", "/api/me/continue/{id}/"),
    ("DELETE", "/api/me/history/{id}/"),
    ("DELETE", "/api/me/list/{id}/"),
    ("POST", "/history/{id}/remove/"),
}
LISTS = (
    *("/", "/list/", "/history/", "/search/?q=film", "/category/Drama/"),
    *("/api/video/", "/api/video", "/api/home/", "/api/films/", "/api/films/?category=Drama", "/api/search/?q=film"),
    *("/api/me/continue/", "/api/me/history/", "/api/me/list/"),
)
# Words that lists find films by; the search finds them one by one.
TITLES = {kind: f"{kind} film" for kind in FILMS}


class Scene(Struct, frozen=True):
    """Films by kind, tokens by viewer, and the caption of each film."""

    films: dict[str, int]
    tokens: dict[str, str]
    captions: dict[str, int]

    def headers(self, viewer: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[viewer]}"} if viewer in self.tokens else {}

    def path(self, route: Route, kind: str) -> str:
        return route.path.format(
            id=self.films[kind],
            sheet="000.jpg",
            number=self.captions[kind],
            track=1,
            audio="000.aac",
            resolution="480p",
            segment="000.ts",
        )


@pytest.fixture
async def scene(client: Client, database: Database, storage: Media, publish: Publish) -> Scene:
    films = {kind: await publish(title, labels=(480,)) for kind, title in TITLES.items()}
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO groups (name) VALUES ('Family')")
        await connection.execute(
            "INSERT INTO series (title, group_ids, min_age) VALUES ('Episode series', ARRAY[1], 16)"
        )
        captions = {kind: await _add_tracks(connection, storage, film) for kind, film in films.items()}
        tokens = {
            viewer: await _log_in(client, connection, viewer) for viewer in ("child", "member", "outsider", "admin")
        }
        tokens["guest"] = await _invite(client, connection, films["Grouped"])
        await connection.execute("""
            INSERT INTO watch_progress (profile_id, video_id, position, duration, resume_at, played_at)
            SELECT p.id, v.id, 400, 1000, 400, now() FROM profiles p, videos v""")
        await connection.execute("INSERT INTO watch_list SELECT v.id, now(), p.id FROM profiles p, videos v")
    for kind, statement in FILMS.items():
        if statement:
            async with database.connection() as connection:
                await connection.execute(statement, films[kind])
    return Scene(films, tokens, captions)


async def _add_tracks(connection: Connection, storage: Media, film: int) -> int:
    """What only some films have: a storyboard, a second audio track, and captions, whose id is returned."""
    await connection.execute("UPDATE encodes SET has_storyboard = true WHERE video_id = $1", film)
    await connection.execute(
        """
        INSERT INTO audio_tracks (encode_id, number, stream, language, segments, completed_at)
        SELECT id, n, n, 'en', 3, now() FROM encodes, generate_series(0, 1) n WHERE video_id = $1""",
        film,
    )
    for folder, name in (
        (storage.storyboard(film, 1), "cues.vtt"),
        (storage.storyboard(film, 1), "000.jpg"),
        (storage.audio(film, 1, 1), "000.aac"),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"WEBVTT")
    number: int = await connection.fetchval(
        "INSERT INTO captions (video_id, language, name, text) VALUES ($1, 'en', 'English', 'WEBVTT') RETURNING id",
        film,
    )
    return number


async def _log_in(client: Client, connection: Connection, viewer: str) -> str:
    """The access token of a new account. The child and the member are in the group."""
    user_id = await connection.fetchval(
        """
        INSERT INTO users (email, email_key, password_hash, is_staff, activated_at)
        VALUES ($1, $1, '', $2, now()) RETURNING id""",
        f"{viewer}@example.org",
        viewer == "admin",
    )
    if viewer in ("child", "member"):
        await connection.execute("INSERT INTO group_members VALUES (1, $1)", user_id)
    if viewer == "child":
        await connection.execute("UPDATE profiles SET max_age = 12 WHERE user_id = $1", user_id)
    session_id = uuid4()
    await connection.execute(
        """
        INSERT INTO sessions (id, user_id, profile_id, expires_at, user_agent, address)
        SELECT $1, user_id, id, now() + interval '1 hour', '', '' FROM profiles WHERE user_id = $2""",
        session_id,
        user_id,
    )
    return _token(client, user_id, session_id)


async def _invite(client: Client, connection: Connection, film: int) -> str:
    """The access token of a guest."""
    link = await connection.fetchval(
        """
        INSERT INTO guest_links (hash, video_id, max_uses, expires_at)
        VALUES ('', $1, 1, now() + interval '1 day') RETURNING id""",
        film,
    )
    session_id = uuid4()
    await connection.execute(
        """
        INSERT INTO sessions (id, guest_link_id, expires_at, user_agent, address)
        VALUES ($1, $2, now() + interval '1 hour', '', '')""",
        session_id,
        link,
    )
    return _token(client, 0, session_id)


def _token(client: Client, user_id: int, session_id: UUID) -> str:
    assert client.app is not None
    return client.app[KEYRING].issue("access", user_id, session_id, datetime.now(UTC), 3600)


async def test_each_route_about_a_film_is_for_those_who_may_see_it(client: Client, scene: Scene) -> None:
    for viewer in ("nobody", *VISIBLE):
        for kind in FILMS:
            for route in ROUTES:
                path = scene.path(route, kind)
                answer = await client.request(
                    route.method, path, headers=scene.headers(viewer), allow_redirects=False, **route.values
                )
                assert answer.status == _expected(route, kind, viewer), f"{route.method} {path}: {kind}, {viewer}"


def _expected(route: Route, kind: str, viewer: str) -> int:
    if viewer == "nobody":
        return 401
    if viewer == "guest" and not route.for_guests:
        return 403
    return route.status if kind in VISIBLE[viewer] else 404


async def test_the_gateway_gets_the_folder_of_visible_films_only(client: Client, scene: Scene) -> None:
    for viewer in VISIBLE:
        for kind, film in scene.films.items():
            answer = await client.get(f"/internal/segment/{film}/480p/000.ts", headers=scene.headers(viewer))
            assert answer.status == 204
            assert ("X-Film-Path" in answer.headers) == (kind in VISIBLE[viewer]), (viewer, kind)


async def test_lists_have_visible_films_only(client: Client, scene: Scene) -> None:
    for viewer in ("child", "member", "outsider", "admin"):
        for path in LISTS:
            text = await (await client.get(path, headers=scene.headers(viewer))).text()
            shown = {kind for kind in FILMS if f"{kind} film" in text or f"{kind} series" in text}
            assert shown == VISIBLE[viewer], (viewer, path)


async def test_a_series_is_for_those_who_may_see_an_episode(client: Client, scene: Scene) -> None:
    for viewer in ("nobody", *VISIBLE):
        expected = {"nobody": 401, "member": 200, "admin": 200}.get(viewer, 404)
        for path in ("/series/1/", "/api/series/1/"):
            answer = await client.get(path, headers=scene.headers(viewer))
            assert answer.status == expected, (viewer, path)
        listed = await client.get("/api/series/", headers=scene.headers(viewer))
        assert ("Episode series" in await listed.text()) == (expected == 200), viewer


async def test_a_hidden_film_is_not_found_by_its_title(client: Client, scene: Scene) -> None:
    for viewer in ("child", "outsider"):
        for kind in set(FILMS) - VISIBLE[viewer]:
            for words in (TITLES[kind], kind, kind[:-1], kind[1:] + "x"):
                answer = await client.get("/api/search/", params={"q": words}, headers=scene.headers(viewer))
                found = {film["title"] for film in (await answer.json())["items"]}
                assert TITLES[kind] not in found, (viewer, words)


@pytest.mark.parametrize(
    ("statement", "viewer", "status"),
    [
        ("DELETE FROM group_members", "member", 404),
        ("DELETE FROM groups", "member", 404),
        ("UPDATE videos SET is_draft = true WHERE title = 'Grouped film'", "member", 404),
        ("UPDATE videos SET min_age = 18 WHERE title = 'Grouped film'", "child", 404),
        ("UPDATE profiles SET max_age = 0", "member", 200),
        ("UPDATE guest_links SET revoked_at = now()", "guest", 401),
        ("UPDATE guest_links SET expires_at = now()", "guest", 401),
        ("UPDATE users SET disabled_at = now()", "member", 401),
    ],
)
async def test_a_change_of_rights_ends_what_is_played(
    client: Client, scene: Scene, database: Database, statement: str, viewer: str, status: int
) -> None:
    """Within the 10 seconds that are promised, also where no notification comes."""
    route = Route("GET", "/api/video/{id}/{resolution}/{segment}")
    path, headers = scene.path(route, "Grouped"), scene.headers(viewer)
    assert (await client.get(path, headers=headers)).status == 200
    async with database.connection() as connection:
        await connection.execute(statement)
    until = datetime.now(UTC) + timedelta(seconds=10)
    while (found := (await client.get(path, headers=headers)).status) != status:
        assert datetime.now(UTC) < until, found
    assert found == status


def _routes(settings: Settings) -> list[web.AbstractRoute]:
    found = create_app(settings).router.routes()
    return [route for route in found if route.resource is not None and route.method not in ("HEAD", "OPTIONS", "*")]


def test_the_routes_about_films_are_all_listed_here(settings: Settings) -> None:
    """A new one must be, or it could show hidden films."""
    listed = {(method, _shape(path)) for method, path in {(route.method, route.path) for route in ROUTES} | OWN}
    for route in _routes(settings):
        assert route.resource is not None
        path = route.resource.canonical
        is_about_films = re.match(
            r"/(api/video|film|watch|history|api/me/(progress|watched|continue|list))/\{id\}", path
        )
        if is_about_films and not access.is_public(route.handler):
            assert {(route.method, _shape(path)), (route.method, _shape(path) + "/")} & listed, path


def _shape(path: str) -> str:
    """The path without the names of its parts."""
    return re.sub(r"\{[^}]*\}", "{}", path)


async def test_guests_may_only_play(client: Client, scene: Scene, settings: Settings) -> None:
    for route in _routes(settings):
        assert route.resource is not None
        handler = route.handler
        if access.is_public(handler) or access.allows_guests(handler):
            continue
        path = re.sub(r"\{[^}]*\}", "1", route.resource.canonical)
        answer = await client.request(route.method, path, headers=scene.headers("guest"), allow_redirects=False)
        assert answer.status == 403, f"{route.method} {path}"


async def test_a_child_changes_neither_the_account_nor_the_server(
    client: Client, scene: Scene, settings: Settings
) -> None:
    for route in _routes(settings):
        assert route.resource is not None
        handler = route.handler
        if access.needs_admin(handler) or access.needs_adult(handler):
            path = re.sub(r"\{[^}]*\}", "1", route.resource.canonical)
            answer = await client.request(route.method, path, headers=scene.headers("child"), allow_redirects=False)
            assert answer.status == 403, f"{route.method} {path}"
