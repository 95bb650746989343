"""Cases about what pages of another origin need: CORS, errors as JSON, forms, and addresses without a slash."""

import json

from conformance import contract
from conformance.backend import Backend, new_email
from conformance.cases import Case
from conformance.checks import expect, expect_error, expect_header, expect_status, for_each, header_words
from conformance.client import Response

ALLOWED = {"content-type", "x-csrftoken", "range", "authorization", "x-requested-with"}
EXPOSED = {"content-range", "accept-ranges", "content-length", "etag"}
STRANGER = "https://elsewhere.example"
LARGE_BYTES = 4 * 1024 * 1024
# Routes with a method that they do not have.
WRONG_METHODS = (
    ("GET", "/api/register/"),
    ("POST", "/api/activate/MQ/token/"),
    ("GET", "/api/login/"),
    ("DELETE", "/api/login/"),
    ("GET", "/api/logout/"),
    ("GET", "/api/token/refresh/"),
    ("GET", "/api/password_reset/"),
    ("GET", "/api/password_confirm/MQ/token/"),
)


def allows_preflight(backend: Backend) -> None:
    requests = {"/api/login/": "POST", "/api/video/": "GET", "/api/video/1/480p/000.ts": "GET"}

    def is_allowed(path: str) -> None:
        response = _preflight(backend, path, requests[path])
        expect_status(response, 200, 204)
        _has_cors(backend, response)
        missing = ALLOWED - header_words(response, "Access-Control-Allow-Headers")
        expect(not missing, f"{response.request} does not allow the headers {', '.join(sorted(missing))}")
        methods = header_words(response, "Access-Control-Allow-Methods")
        expect(requests[path].lower() in methods, f"{response.request} does not allow {requests[path]}")

    for_each(requests, is_allowed)


def limits_preflights(backend: Backend) -> None:
    response = _preflight(backend, "/api/login/", "POST")
    age = response.header("Access-Control-Max-Age")
    expect(age.isdecimal() and int(age) > 0, f"{response.request} has Access-Control-Max-Age: {age or 'nothing'}")


def exposes_headers(backend: Backend) -> None:
    response = backend.session().get("/api/video/", Origin=backend.origin)
    _has_cors(backend, response)
    missing = EXPOSED - header_words(response, "Access-Control-Expose-Headers")
    expect(not missing, f"{response.request} does not expose {', '.join(sorted(missing))}")


def has_cors_on_errors(backend: Backend) -> None:
    client, origin = backend.client(), {"Origin": backend.origin}
    errors = [
        client.get("/api/video/", **origin),
        client.get("/api/nowhere/", **origin),
        client.request("DELETE", "/api/login/", headers=origin),
        client.post("/api/login/", [], **origin),
    ]
    for_each(errors, lambda response: _has_cors(backend, response))


def has_cors_on_large_bodies(backend: Backend) -> None:
    _has_cors(backend, _too_large(backend, Origin=backend.origin))


def has_cors_on_media(backend: Backend) -> None:
    client, film = backend.session(), backend.film()
    responses = [
        client.get(film.first_segment, Origin=backend.origin, Range="bytes=0-9"),
        client.get(f"{film.path}/480p/abc.ts", Origin=backend.origin),
    ]
    for_each(responses, lambda response: _has_cors(backend, response))


def ignores_other_origins(backend: Backend) -> None:
    response = backend.client().get("/api/video/", Origin=STRANGER)
    allowed = response.header("Access-Control-Allow-Origin")
    expect(allowed not in ("*", STRANGER), f"{response.request} allows the origin {allowed} to {STRANGER}")


def answers_unknown_route(backend: Backend) -> None:
    expect_error(backend.client().get("/api/nowhere/"), 404)


def answers_wrong_methods(backend: Backend) -> None:
    def is_refused(one: tuple[str, str]) -> None:
        method, path = one
        name = "message" if path.startswith("/api/activate/") else "detail"
        expect_error(backend.client().request(method, path), 405, name=name)

    for_each(WRONG_METHODS, is_refused)


def answers_wrong_method_of_list(backend: Backend) -> None:
    """Without a login; 401 is as good."""
    expect_error(backend.client().post("/api/video/", {}), 401, 403, 405)


def answers_large_body(backend: Backend) -> None:
    expect_error(_too_large(backend), 400, 401, 413)


def refuses_other_sites(backend: Backend) -> None:
    client = backend.log_in(backend.member())
    site = {"Sec-Fetch-Site": "cross-site"}
    for headers in ({"Origin": STRANGER, **site}, {"Origin": STRANGER}, site):
        response = client.copy().post_nothing("/api/logout/", **headers)
        told = " and ".join(f"{name}: {value}" for name, value in headers.items())
        expect(400 <= response.status < 500, f"a logout with {told} is answered with {response.status}")
    expect_status(client.copy().post_nothing("/api/token/refresh/"), 200)


def admits_the_frontend(backend: Backend) -> None:
    client = backend.log_in(backend.member())
    headers = {"Origin": backend.origin, "Sec-Fetch-Site": "same-site"}
    expect_status(client.post_nothing("/api/token/refresh/", **headers), 200)


def answers_without_slash(backend: Backend) -> None:
    client = backend.client()
    expect_error(client.post("/api/register", {}), 400)
    expect_error(client.get("/api/activate/MQ/unknown-token"), 400, name="message")
    expect_error(client.post("/api/login", {"email": new_email(), "password": "a wrong password"}), 401)
    expect_error(client.post_nothing("/api/logout"), 400)
    expect_error(client.post_nothing("/api/token/refresh"), 400)
    expect_error(client.post("/api/password_reset", {}), 400)
    expect_error(client.post("/api/password_confirm/MQ/unknown-token", {}), 400)


def _preflight(backend: Backend, path: str, method: str) -> Response:
    headers = {
        "Origin": backend.origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": ",".join(sorted(ALLOWED)),
    }
    return backend.client().request("OPTIONS", path, headers=headers)


def _has_cors(backend: Backend, response: Response) -> None:
    expect_header(response, "Access-Control-Allow-Origin", backend.origin)
    expect_header(response, "Access-Control-Allow-Credentials", "true")
    vary = header_words(response, "Vary")
    expect("origin" in vary, f"{response.request} ({response.status}) has no Vary: Origin")


def _too_large(backend: Backend, **headers: str) -> Response:
    """The answer to a login that no server has to read."""
    body = json.dumps({"email": "x" * LARGE_BYTES, "password": "a password"}).encode()
    return backend.client().request("POST", "/api/login/", body, {"Content-Type": "application/json", **headers})


CASES = (
    Case("CORS: preflight", contract.PREFLIGHT, allows_preflight),
    Case("CORS: age of a preflight", contract.PREFLIGHT_AGE, limits_preflights),
    Case("CORS: exposed headers", contract.EXPOSED, exposes_headers),
    Case("CORS: errors", contract.CORS, has_cors_on_errors),
    Case("CORS: body too large", contract.CORS, has_cors_on_large_bodies),
    Case("CORS: media", contract.CORS, has_cors_on_media),
    Case("CORS: other origin", contract.CORS, ignores_other_origins),
    Case("errors: unknown route", contract.JSON, answers_unknown_route),
    Case("errors: wrong method", contract.JSON, answers_wrong_methods),
    Case("errors: wrong method of the list", contract.JSON, answers_wrong_method_of_list),
    Case("errors: body too large", contract.JSON, answers_large_body),
    Case("cross-site: refused", contract.CROSS_SITE, refuses_other_sites),
    Case("cross-site: the frontend", contract.CROSS_SITE, admits_the_frontend),
    Case("no trailing slash", contract.NO_SLASH, answers_without_slash),
)
