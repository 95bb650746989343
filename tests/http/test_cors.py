"""CORS headers of responses, errors and preflights."""

import pytest

from tests.fixtures.app import Client

ORIGIN = "http://127.0.0.1:5500"
UPLOADS = "/api/admin/uploads/"


async def test_a_preflight_needs_no_login(client: Client) -> None:
    for path, method in (
        ("/api/video/", "GET"),
        ("/api/login/", "POST"),
        ("/api/login", "POST"),
        ("/api/video/1/480p/000.ts", "GET"),
    ):
        answer = await client.options(
            path,
            headers={
                "Origin": ORIGIN,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "authorization,content-type,range,x-csrftoken,x-requested-with",
            },
        )
        assert answer.status == 200
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        allowed = answer.headers["Access-Control-Allow-Headers"].lower()
        wanted = {"content-type", "x-csrftoken", "range", "authorization", "x-requested-with"}
        assert wanted <= set(allowed.replace(" ", "").split(","))
        assert method in answer.headers["Access-Control-Allow-Methods"]
        assert int(answer.headers["Access-Control-Max-Age"]) > 0
        assert "Origin" in answer.headers["Vary"]


async def test_responses_expose_the_headers_that_players_need(logged_in: Client) -> None:
    answer = await logged_in.get("/api/video/", headers={"Origin": ORIGIN})
    exposed = set(answer.headers["Access-Control-Expose-Headers"].replace(" ", "").split(","))
    assert exposed == {"Content-Range", "Accept-Ranges", "Content-Length", "ETag"}


async def test_unknown_origins_get_no_cors_headers(logged_in: Client) -> None:
    answer = await logged_in.get("/api/video/", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
    assert "Origin" in answer.headers["Vary"]
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    answer = await logged_in.options("/api/video/", headers=preflight)
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/nowhere/", 404), ("OPTIONS", "/api/nowhere/", 404), ("DELETE", "/api/login/", 405)],
)
async def test_errors_without_a_route_have_cors_headers(client: Client, method: str, path: str, status: int) -> None:
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
    answer = await client.request(method, path, headers=headers)
    assert answer.status == status
    assert answer.headers.getall("Access-Control-Allow-Origin") == [ORIGIN]
    assert answer.headers.getall("Vary") == ["Origin"]


async def test_a_preflight_for_other_headers_is_refused(client: Client) -> None:
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-unknown",
    }
    for path in ("/api/login/", UPLOADS):
        assert (await client.options(path, headers=headers)).status == 403


async def test_options_of_tus_is_not_a_preflight(logged_in: Client) -> None:
    answer = await logged_in.options(UPLOADS, headers={"Origin": ORIGIN})
    assert (answer.status, answer.headers["Tus-Version"]) == (204, "1.0.0")
    assert answer.headers.getall("Access-Control-Allow-Origin") == [ORIGIN]
    assert "Tus-Version" in answer.headers["Access-Control-Expose-Headers"].split(",")
