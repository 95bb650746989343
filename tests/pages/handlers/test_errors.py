"""Errors are pages for browsers, and JSON for everybody else."""

import pytest

from tests.fixtures.app import Client
from tests.pages.documents import HTML, read


async def test_a_browser_gets_a_page(client: Client) -> None:
    answer = await client.get("/nowhere", headers=HTML)
    assert answer.status == 404
    document = await read(answer)
    assert document.headings == ["This page does not exist"]
    assert "/" in document.links


async def test_in_german(client: Client) -> None:
    answer = await client.get("/nowhere", headers={**HTML, "Accept-Language": "de-DE,de;q=0.9"})
    document = await read(answer)
    assert document.all("html")[0]["lang"] == "de"
    assert document.headings == ["Diese Seite gibt es nicht"]


@pytest.mark.parametrize(("path", "headers"), [("/nowhere", {}), ("/api/nowhere/", HTML), ("/api/video/", HTML)])
async def test_programs_get_json(client: Client, path: str, headers: dict[str, str]) -> None:
    answer = await client.get(path, headers=headers)
    assert answer.content_type == "application/json"
    assert "detail" in await answer.json()


async def test_a_form_of_another_site_is_refused_with_a_page(client: Client, admin: int) -> None:
    answer = await client.post("/login/", data={}, headers={**HTML, "Origin": "https://evil.example"})
    assert answer.status == 403
    assert (await read(answer)).headings == ["You may not see this page"]


async def test_a_method_that_is_not_allowed_keeps_its_header(client: Client) -> None:
    answer = await client.put("/login/", headers=HTML)
    assert answer.status == 405
    assert "POST" in answer.headers["Allow"]
    await read(answer)
