"""The files of the pages, their headers and sizes."""

import gzip
import json
from pathlib import Path

import pytest

from tests.fixtures.app import Client
from tests.pages.documents import HTML, read
from videoflix.http import npm
from videoflix.pages import assets

ROOT = Path(__file__).parents[3]
MAX_SCRIPT_BYTES = 25_000
OF_THE_LOGIN = ("pair.js", "passkeys.js")


async def test_scripts_and_styles_are_cached_forever_under_their_version(client: Client) -> None:
    login = await read(await client.get("/login/"))
    (sheet,) = (link["href"] for link in login.all("link") if link["href"].endswith("style.css"))
    answer = await client.get(sheet)
    assert (answer.status, answer.content_type) == (200, "text/css")
    assert "immutable" in answer.headers["Cache-Control"]
    assert await answer.read() == (assets.STATIC / "style.css").read_bytes()
    other = await client.get("/static/other/style.css")
    assert "no-cache" in other.headers["Cache-Control"]


@pytest.mark.parametrize("page", ["/login/", "/register/", "/nowhere"])
async def test_every_file_of_a_page_exists(client: Client, page: str) -> None:
    document = await read(await client.get(page, headers=HTML))
    files = [one.get("src") or one["href"] for tag in ("link", "script", "img") for one in document.all(tag)]
    assert files
    for file in files:
        assert (await client.get(file)).status == 200, file


@pytest.mark.parametrize("path", ["/favicon.ico", "/robots.txt", "/manifest.webmanifest"])
async def test_fixed_files(client: Client, path: str) -> None:
    assert (await client.get(path)).status == 200


async def test_the_icons_of_the_manifest_exist(client: Client) -> None:
    manifest = json.loads(await (await client.get("/manifest.webmanifest")).text())
    for icon in manifest["icons"]:
        answer = await client.get(icon["src"])
        assert (answer.status, answer.content_type) == (200, icon["type"])


async def test_search_engines_are_told_to_stay_out(client: Client) -> None:
    assert "Disallow: /\n" in await (await client.get("/robots.txt")).text()


@pytest.mark.parametrize("path", ["/static/x/none.js", "/static/x/..%2Fassets.py", "/static/vendor/1/none.js"])
async def test_no_other_files_are_served(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status, answer.content_type) == (404, "application/json")


@pytest.mark.parametrize("path", ["/login/", "/register/", "/forgot/", "/nowhere"])
async def test_pages_have_security_headers_and_are_not_stored(client: Client, path: str) -> None:
    answer = await client.get(path, headers=HTML)
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} <= set(policy)
    assert "unsafe" not in str(policy)
    assert "https:" not in str(policy)
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_an_address_without_its_last_slash_leads_to_the_page(client: Client) -> None:
    answer = await client.get("/login?next=/a", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (308, "/login/?next=/a")


@pytest.mark.parametrize("name", list(assets.SCRIPTS))
def test_versions_and_checksums_of_scripts_match_npm(name: str) -> None:
    script = assets.SCRIPTS[name]
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert wanted[script.package] == script.version
    path = ROOT / "node_modules" / script.package / script.file
    if not path.is_file():
        pytest.skip(f"{script.package} is not installed (npm ci)")
    assert npm.integrity(path.read_bytes()) == script.integrity


def test_our_scripts_are_small() -> None:
    """Those of everything that one does after the login."""
    scripts = [path for path in assets.STATIC.glob("*.js") if path.name not in OF_THE_LOGIN]
    assert sum(path.stat().st_size for path in scripts) < MAX_SCRIPT_BYTES
    assert len(gzip.compress((assets.STATIC / "style.css").read_bytes())) < 8_000


async def test_texts_are_sent_compressed_to_those_who_take_it(client: Client) -> None:
    plain = await client.get("/robots.txt", headers={"Accept-Encoding": "identity"})
    packed = await client.get("/robots.txt", headers={"Accept-Encoding": "gzip"})
    assert (packed.headers["Content-Encoding"], "Content-Encoding" in plain.headers) == ("gzip", False)
    assert await packed.text() == await plain.text()
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]
    assert packed.headers["ETag"] != plain.headers["ETag"]
    for answer, coding in ((plain, "gzip;q=0, identity"), (packed, "br, gzip")):
        known = {"If-None-Match": answer.headers["ETag"], "Accept-Encoding": coding}
        assert (await client.get("/robots.txt", headers=known)).status == 304
    part = await client.get("/robots.txt", headers={"Range": "bytes=0-3", "Accept-Encoding": "gzip"})
    assert (part.status, await part.text()) == (206, (await plain.text())[:4])


async def test_an_old_address_of_a_script_is_not_kept_for_ever(client: Client) -> None:
    if not (ROOT / "node_modules" / "hls.js").is_dir():
        pytest.skip("hls.js is not installed (npm ci)")
    for version, is_kept in ((assets.SCRIPTS["hls"].version, True), ("0.1", False)):
        answer = await client.get(f"/static/vendor/{version}/hls.js")
        assert answer.status == 200
        assert ("immutable" in answer.headers["Cache-Control"]) is is_kept
