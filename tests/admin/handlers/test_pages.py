"""The admin pages: access, security headers, and the integrity of their files."""

import json
import re
from collections.abc import Awaitable, Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from yarl import URL

from tests.fixtures.app import Client
from tests.fixtures.published import MakeUser
from tests.fixtures.services import PASSWORD
from videoflix.admin import assets
from videoflix.app import create_app
from videoflix.http import npm
from videoflix.http.cookies import ACCESS
from videoflix.settings import Settings

ROOT = Path(__file__).parents[3]
PAGES = sorted(path.name for path in assets.STATIC.glob("*.html"))
MAX_SCRIPT_BYTES = 125_000
PUBLIC = ["/admin", "/admin/", "/admin/login/", "/admin/static/main.js", "/admin/static/style.css"]

Serve = Callable[..., Awaitable[Client]]


class Tags(HTMLParser):
    """The elements of a page, and the text inside its scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inside = ""
        self.feed((assets.STATIC / page).read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] in ("script", "style"):
            self.inside += data.strip()

    def files(self) -> Iterator[str]:
        """The addresses of the scripts, images and style sheets of the page."""
        for tag, attributes in self.found:
            if tag in ("script", "img", "link"):
                yield str(attributes.get("src") or attributes.get("href"))


@pytest.fixture
def empty_node_modules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A node_modules folder without packages."""
    monkeypatch.setattr(npm, "NODE_MODULES", tmp_path / "node_modules")
    return tmp_path / "node_modules"


async def _log_in_as_member(client: Client, make_user: MakeUser) -> None:
    await make_user("bob@example.org")
    answer = await client.post("/api/login/", json={"email": "bob@example.org", "password": PASSWORD})
    assert answer.status == 200


async def test_an_administrator_gets_the_page(logged_in: Client) -> None:
    answer = await logged_in.get("/admin/")
    assert (answer.status, answer.content_type) == (200, "text/html")
    assert "/admin/static/main.js" in await answer.text()


async def test_without_a_login_the_page_redirects_to_the_login_page(client: Client) -> None:
    answer = await client.get("/admin/", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/admin/login/")
    assert await answer.text() == ""
    login = await client.get("/admin/login/")
    assert (login.status, login.content_type) == (200, "text/html")


async def test_a_forged_token_redirects_to_the_login_page(client: Client) -> None:
    answer = await client.get("/admin/", headers={"Cookie": f"{ACCESS}=x"}, allow_redirects=False)
    assert answer.status == 303


async def test_other_users_learn_nothing_about_the_pages(client: Client, make_user: MakeUser) -> None:
    await _log_in_as_member(client, make_user)
    answer = await client.get("/admin/")
    page = await answer.text()
    assert (answer.status, answer.content_type) == (403, "text/html")
    assert "<script" not in page
    assert not re.search("video|upload|job|import|main.js", page.replace("Videoflix", ""), re.IGNORECASE)


async def test_a_refresh_cookie_is_enough_to_open_the_page(logged_in: Client) -> None:
    logged_in.session.cookie_jar.clear(lambda cookie: cookie.key == ACCESS)
    assert (await logged_in.get("/admin/", allow_redirects=False)).status == 200


async def test_the_address_without_a_slash_redirects(client: Client) -> None:
    answer = await client.get("/admin", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (308, "/admin/")


@pytest.mark.parametrize("path", PUBLIC)
async def test_every_response_has_security_headers(client: Client, path: str) -> None:
    answer = await client.get(path, allow_redirects=False)
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in str(policy)
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]


async def test_the_403_page_has_security_headers(client: Client, make_user: MakeUser) -> None:
    await _log_in_as_member(client, make_user)
    answer = await client.get("/admin/")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("main.js", "text/javascript"), ("style.css", "text/css"), ("icon.svg", "image/svg+xml")],
)
async def test_files_have_a_content_type_and_are_revalidated(client: Client, name: str, content_type: str) -> None:
    answer = await client.get(f"/admin/static/{name}")
    assert (answer.status, answer.content_type) == (200, content_type)
    assert await answer.read() == (assets.STATIC / name).read_bytes()
    assert "no-cache" in answer.headers["Cache-Control"]
    again = await client.get(f"/admin/static/{name}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize(
    "path",
    [
        "static/none.js",
        "static/index.html",
        "static/forbidden.html",
        "static/",
        "static/..%2Fplaceholder.svg",
        "static/../placeholder.svg",
        "static/..%2F..%2Fadmin%2Fassets.py",
        "static/%2e%2e/%2e%2e/admin/assets.py",
        "static/%00",
        "vendor/x.js",
        "vendor/..%2Fhls.js",
        "vendor/hls.mjs",
        "static",
    ],
)
async def test_no_other_files_are_served(logged_in: Client, path: str) -> None:
    answer = await logged_in.get(URL(f"/admin/{path}", encoded=True))
    assert answer.status == 404
    assert set(await answer.json()) == {"detail"}


@pytest.mark.parametrize("page", PAGES)
def test_pages_contain_no_inline_scripts_styles_or_handlers(page: str) -> None:
    tags = Tags(page)
    assert tags.inside == ""
    for tag, attributes in tags.found:
        assert tag != "style"
        assert tag != "script" or set(attributes) == {"type", "src"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        assert not str(attributes.get("href", "")).startswith("javascript:")


@pytest.mark.parametrize("page", PAGES)
async def test_the_files_of_a_page_exist(client: Client, page: str) -> None:
    named = set(Tags(page).files())
    assert named
    for address in named:
        assert (await client.get(address)).status == 200, address


def test_imported_scripts_exist() -> None:
    for path in assets.STATIC.glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"', path.read_text()):
            assert (assets.STATIC / name).is_file(), f"{path.name} imports {name}"


def test_every_link_of_the_navigation_has_a_view() -> None:
    links = [str(attributes["href"]) for tag, attributes in Tags("index.html").found if tag == "a"]
    views = [link.removeprefix("#/") for link in links if link.startswith("#/")]
    assert len(views) == 12
    assert not [view for view in views if not (assets.STATIC / f"view-{view}.js").is_file()]


def test_the_scripts_are_small() -> None:
    assert sum(path.stat().st_size for path in assets.STATIC.glob("*.js")) < MAX_SCRIPT_BYTES


def test_scripts_never_build_markup_from_text() -> None:
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|srcdoc"
    for path in assets.STATIC.glob("*.js"):
        assert not re.search(forbidden, path.read_text()), path.name


@pytest.mark.parametrize("name", list(assets.SCRIPTS))
def test_versions_match_package_json(name: str) -> None:
    script = assets.SCRIPTS[name]
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert wanted[script.package] == script.version


@pytest.mark.parametrize("name", list(assets.SCRIPTS))
def test_checksums_match_the_installed_files(name: str) -> None:
    script = assets.SCRIPTS[name]
    path = ROOT / "node_modules" / script.package / script.file
    if not path.is_file():
        pytest.skip(f"{script.package} is not installed (npm ci)")
    assert npm.integrity(path.read_bytes()) == script.integrity


async def test_installed_scripts_are_served_from_here(
    settings: Settings, aiohttp_client: Serve, empty_node_modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b"globalThis.Hls = class {};"
    script = npm.Script("player", "1.0.0", "dist/player.js", npm.integrity(body))
    monkeypatch.setitem(assets.SCRIPTS, "hls", script)
    for other in ("tus", "sha256"):
        monkeypatch.delitem(assets.SCRIPTS, other)
    path = empty_node_modules / script.package / script.file
    path.parent.mkdir(parents=True)
    path.write_bytes(body)
    client = await aiohttp_client(create_app(settings))
    assert await (await client.get("/admin/vendor/")).json() == {
        "hls": {"src": "/admin/vendor/hls.js", "integrity": script.integrity}
    }
    answer = await client.get("/admin/vendor/hls.js")
    assert (await answer.read(), answer.content_type) == (body, "text/javascript")
    assert "https:" not in answer.headers["Content-Security-Policy"]


async def test_missing_scripts_and_nothing_else_come_from_the_cdn(
    settings: Settings, aiohttp_client: Serve, empty_node_modules: Path
) -> None:
    tus = assets.SCRIPTS["tus"]
    other = empty_node_modules / tus.package / tus.file
    other.parent.mkdir(parents=True)
    other.write_bytes(b"another version")
    client = await aiohttp_client(create_app(settings))
    sources = await (await client.get("/admin/vendor/")).json()
    policy = (await client.get("/admin/login/")).headers["Content-Security-Policy"]
    for name, script in assets.SCRIPTS.items():
        assert sources[name] == {"src": script.cdn_url, "integrity": script.integrity}
        assert (await client.get(f"/admin/vendor/{name}.js")).status == 404
    addresses = [script.cdn_url for script in assets.SCRIPTS.values()]
    assert f"script-src 'self' {' '.join(addresses)};" in policy
    assert all(address.startswith("https://cdn.jsdelivr.net/npm/") for address in addresses)
