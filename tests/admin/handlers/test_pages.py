"""The admin pages: who gets them, what they may load, and that their files are what they seem to be."""

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
from videoflix.admin import assets as shell
from videoflix.app import create_app
from videoflix.http.cookies import ACCESS
from videoflix.settings import Settings

ROOT = Path(__file__).parents[3]
PAGES = sorted(path.name for path in shell.STATIC.glob("*.html"))
MAX_SCRIPT = 60_000  # bytes
PUBLIC = ["/admin", "/admin/", "/admin/login/", "/admin/static/main.js", "/admin/static/style.css"]

Serve = Callable[..., Awaitable[Client]]


class Tags(HTMLParser):
    """The elements of a page, and the text inside its scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inside = ""
        self.feed((shell.STATIC / page).read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] in ("script", "style"):
            self.inside += data.strip()

    def files(self) -> Iterator[str]:
        """The addresses of what the page is made of."""
        for tag, attributes in self.found:
            if tag in ("script", "img", "link"):
                yield str(attributes.get("src") or attributes.get("href"))


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A node_modules that npm has put nothing into."""
    monkeypatch.setattr(shell, "MODULES", tmp_path / "node_modules")
    return tmp_path / "node_modules"


async def _plain_user(client: Client, make_user: MakeUser) -> None:
    await make_user("bob@example.org")
    answer = await client.post("/api/login/", json={"email": "bob@example.org", "password": PASSWORD})
    assert answer.status == 200


async def test_an_administrator_gets_the_page(logged_in: Client) -> None:
    answer = await logged_in.get("/admin/")
    assert (answer.status, answer.content_type) == (200, "text/html")
    assert "/admin/static/main.js" in await answer.text()


async def test_who_has_not_logged_in_is_sent_to_do_so(client: Client) -> None:
    answer = await client.get("/admin/", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/admin/login/")
    assert await answer.text() == ""
    login = await client.get("/admin/login/")
    assert (login.status, login.content_type) == (200, "text/html")


async def test_a_login_that_was_forged_is_none(client: Client) -> None:
    answer = await client.get("/admin/", headers={"Cookie": f"{ACCESS}=x"}, allow_redirects=False)
    assert answer.status == 303


async def test_a_plain_user_is_told_nothing(client: Client, make_user: MakeUser) -> None:
    await _plain_user(client, make_user)
    answer = await client.get("/admin/")
    page = await answer.text()
    assert (answer.status, answer.content_type) == (403, "text/html")
    assert "<script" not in page
    assert not re.search("video|upload|job|import|main.js", page.replace("Videoflix", ""), re.IGNORECASE)


async def test_the_page_comes_again_with_a_login_that_only_its_refresh_cookie_proves(logged_in: Client) -> None:
    logged_in.session.cookie_jar.clear(lambda cookie: cookie.key == ACCESS)
    assert (await logged_in.get("/admin/", allow_redirects=False)).status == 200


async def test_the_address_without_a_slash_leads_to_the_one_with_it(client: Client) -> None:
    answer = await client.get("/admin", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (308, "/admin/")


@pytest.mark.parametrize("path", PUBLIC)
async def test_every_answer_is_locked_up(client: Client, path: str) -> None:
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


async def test_the_403_page_is_locked_up_as_well(client: Client, make_user: MakeUser) -> None:
    await _plain_user(client, make_user)
    answer = await client.get("/admin/")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("main.js", "text/javascript"), ("style.css", "text/css"), ("icon.svg", "image/svg+xml")],
)
async def test_files_are_told_apart_and_asked_for_again(client: Client, name: str, content_type: str) -> None:
    answer = await client.get(f"/admin/static/{name}")
    assert (answer.status, answer.content_type) == (200, content_type)
    assert await answer.read() == (shell.STATIC / name).read_bytes()
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
        "static/..%2F..%2Fadmin%2Fshell.py",
        "static/%2e%2e/%2e%2e/admin/shell.py",
        "static/%00",
        "vendor/x.js",
        "vendor/..%2Fhls.js",
        "vendor/hls.mjs",
        "static",
    ],
)
async def test_nothing_else_can_be_had(logged_in: Client, path: str) -> None:
    answer = await logged_in.get(URL(f"/admin/{path}", encoded=True))
    assert answer.status == 404
    assert set(await answer.json()) == {"detail"}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_holds_no_script_no_style_and_no_handler(page: str) -> None:
    tags = Tags(page)
    assert tags.inside == ""
    for tag, attributes in tags.found:
        assert tag != "style"
        assert tag != "script" or set(attributes) == {"type", "src"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        assert not str(attributes.get("href", "")).startswith("javascript:")


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_is_made_of_files_that_are_there(client: Client, page: str) -> None:
    named = set(Tags(page).files())
    assert named
    for address in named:
        assert (await client.get(address)).status == 200, address


def test_scripts_import_only_what_is_there() -> None:
    for path in shell.STATIC.glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"', path.read_text()):
            assert (shell.STATIC / name).is_file(), f"{path.name} imports {name}"


def test_every_page_of_the_frame_has_its_view() -> None:
    links = [str(attributes["href"]) for tag, attributes in Tags("index.html").found if tag == "a"]
    views = [link.removeprefix("#/") for link in links if link.startswith("#/")]
    assert len(views) == 6
    assert not [view for view in views if not (shell.STATIC / f"view-{view}.js").is_file()]


def test_our_own_script_is_small() -> None:
    assert sum(path.stat().st_size for path in shell.STATIC.glob("*.js")) < MAX_SCRIPT


def test_no_script_builds_markup_from_text() -> None:
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|srcdoc"
    for path in shell.STATIC.glob("*.js"):
        assert not re.search(forbidden, path.read_text()), path.name


@pytest.mark.parametrize("name", list(shell.SCRIPTS))
def test_what_is_pinned_here_is_what_npm_is_told(name: str) -> None:
    script = shell.SCRIPTS[name]
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert wanted[script.package] == script.version


@pytest.mark.parametrize("name", list(shell.SCRIPTS))
def test_the_checksum_is_that_of_the_file(name: str) -> None:
    script = shell.SCRIPTS[name]
    path = ROOT / "node_modules" / script.package / script.file
    if not path.is_file():
        pytest.skip(f"{script.package} is not installed (npm ci)")
    assert shell.integrity(path.read_bytes()) == script.integrity


async def test_what_npm_has_put_in_place_comes_from_here(
    settings: Settings, aiohttp_client: Serve, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b"globalThis.Hls = class {};"
    script = shell.Script("player", "1.0.0", "dist/player.js", shell.integrity(body))
    monkeypatch.setitem(shell.SCRIPTS, "hls", script)
    monkeypatch.delitem(shell.SCRIPTS, "tus")
    path = bare / script.package / script.file
    path.parent.mkdir(parents=True)
    path.write_bytes(body)
    client = await aiohttp_client(create_app(settings))
    assert await (await client.get("/admin/vendor/")).json() == {
        "hls": {"src": "/admin/vendor/hls.js", "integrity": script.integrity}
    }
    answer = await client.get("/admin/vendor/hls.js")
    assert (await answer.read(), answer.content_type) == (body, "text/javascript")
    assert "https:" not in answer.headers["Content-Security-Policy"]


async def test_what_is_missing_comes_from_a_cdn_and_nothing_else_does(
    settings: Settings, aiohttp_client: Serve, bare: Path
) -> None:
    tus = shell.SCRIPTS["tus"]
    other = bare / tus.package / tus.file
    other.parent.mkdir(parents=True)
    other.write_bytes(b"another version")
    client = await aiohttp_client(create_app(settings))
    told = await (await client.get("/admin/vendor/")).json()
    policy = (await client.get("/admin/login/")).headers["Content-Security-Policy"]
    for name, script in shell.SCRIPTS.items():
        assert told[name] == {"src": script.address, "integrity": script.integrity}
        assert (await client.get(f"/admin/vendor/{name}.js")).status == 404
    addresses = [script.address for script in shell.SCRIPTS.values()]
    assert f"script-src 'self' {' '.join(addresses)};" in policy
    assert all(address.startswith("https://cdn.jsdelivr.net/npm/") for address in addresses)
