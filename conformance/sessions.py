"""Cases about login, token refresh and logout."""

import base64
import binascii
import json
from contextlib import suppress
from http.cookies import Morsel

from conformance import contract
from conformance.backend import Backend, new_email
from conformance.cases import Case
from conformance.checks import (
    Deviation,
    expect,
    expect_answer,
    expect_error,
    expect_status,
    for_each,
    for_each_named,
    json_of,
)
from conformance.client import Client, NotRun, Response, is_deleted

LOGIN, LOGOUT, REFRESH = "/api/login/", "/api/logout/", "/api/token/refresh/"
GOODBYE = "Logout successful! All tokens will be deleted. Refresh token is now invalid."
MISSING, INVALID = "Refresh token cookie is missing.", "Invalid refresh token."
TOKENS = ("access_token", "refresh_token")
# Between issuing a token and setting its cookie.
TOLERANCE_SECONDS = 5


def logs_in(backend: Backend) -> None:
    account = backend.member()
    user = {"id": backend.registration().user_id, "username": account.email}
    response = backend.client().post(LOGIN, account.credentials)
    expect_answer(response, 200, {"detail": "Login successful", "user": user})


def logs_in_by_form(backend: Backend) -> None:
    expect_status(backend.client().post_form(LOGIN, backend.member().credentials), 200)


def logs_in_by_multipart(backend: Backend) -> None:
    expect_status(backend.client().post_multipart(LOGIN, backend.member().credentials), 200)


def sets_token_cookies(backend: Backend) -> None:
    cookies = backend.client().post(LOGIN, backend.member().credentials).cookies
    for_each(TOKENS, lambda name: _is_token_cookie(name, cookies.get(name)))


def sets_readable_cookie(backend: Backend) -> None:
    cookie = backend.client().post(LOGIN, backend.member().credentials).cookies.get("csrftoken")
    if cookie is None:
        raise Deviation("the login sets no cookie `csrftoken`")
    expect(bool(cookie.value), "the cookie `csrftoken` is empty")
    expect(not cookie["httponly"], "the cookie `csrftoken` is HttpOnly, so that scripts cannot read it")
    expect(cookie["path"] == "/", f"the cookie `csrftoken` has Path={cookie['path']}, not /")


def refuses_all_alike(backend: Backend) -> None:
    """The wrong password is left out if there is no account that can log in."""
    attempts = [{"email": new_email(), "password": "a wrong password"}, backend.inactive().account.credentials]
    with suppress(NotRun):
        attempts.append({**backend.member().credentials, "password": "a wrong password"})
    responses = [backend.client().post(LOGIN, each) for each in attempts]
    for_each(responses, lambda response: expect_error(response, 401))
    bodies = {response.body for response in responses}
    expect(len(bodies) == 1, f"the answers differ: {' and '.join(sorted(map(repr, bodies)))}")


def sets_nothing_when_refused(backend: Backend) -> None:
    response = backend.client().post(LOGIN, {"email": new_email(), "password": "a wrong password"})
    given = [name for name in TOKENS if name in response.cookies and not is_deleted(response.cookies[name])]
    expect(not given, f"a refused login sets {' and '.join(given)}")


def refuses_malformed_login(backend: Backend) -> None:
    client, headers = backend.client(), {"Content-Type": "application/json"}
    bodies = {
        "nothing": b"",
        "no JSON": b"{",
        "an array": b"[]",
        "a string": b'"text"',
        "no password": b'{"email": "nobody@example.org"}',
        "no address": b'{"password": "a password"}',
    }
    for_each_named(bodies, lambda body: expect_error(client.request("POST", LOGIN, body, headers), 400))


def takes_bearer(backend: Backend) -> None:
    access = backend.session().cookies["access_token"]
    expect_status(backend.client().get("/api/video/", Authorization=f"Bearer {access}"), 200)


def refreshes(backend: Backend) -> None:
    response = backend.session().copy("refresh_token").post_nothing(REFRESH)
    expect_status(response, 200)
    body = json_of(response)
    expect(isinstance(body, dict), f"the answer is {body!r}, not an object")
    expect(set(body) == {"detail", "access"}, f"the answer has the fields {sorted(body)}, not `detail` and `access`")
    expect(body["detail"] == "Token refreshed", f"`detail` is {body['detail']!r}, not 'Token refreshed'")
    expect(_payload(str(body["access"])) is not None, "`access` is no JWT")
    cookie = response.cookies.get("access_token")
    expect(
        cookie is not None and cookie.value == body["access"], "the cookie `access_token` is not the token `access`"
    )
    _is_token_cookie("access_token", cookie)
    expect_status(backend.client().get("/api/video/", Authorization=f"Bearer {body['access']}"), 200)


def keeps_refresh_cookie(backend: Backend) -> None:
    response = backend.session().copy("refresh_token").post_nothing(REFRESH)
    expect_status(response, 200)
    expect("refresh_token" not in response.cookies, "the refresh sets the cookie `refresh_token` again")


def refresh_needs_cookie(backend: Backend) -> None:
    expect_error(backend.client().post_nothing(REFRESH), 400)


def refresh_refuses_garbage(backend: Backend) -> None:
    for_each(("garbage", "a.b.c"), lambda token: _is_invalid(backend.client(refresh_token=token)))


def refresh_refuses_access_token(backend: Backend) -> None:
    _is_invalid(backend.client(refresh_token=backend.session().cookies["access_token"]))


def logs_out(backend: Backend) -> None:
    client = backend.log_in(backend.member())
    expect_answer(client.post_nothing(LOGOUT), 200, {"detail": GOODBYE})


def deletes_cookies(backend: Backend) -> None:
    client = backend.client()
    given = client.post(LOGIN, backend.member().credentials).cookies
    response = client.post_nothing(LOGOUT)
    for_each(TOKENS, lambda name: _is_deleted_like(name, given.get(name), response))


def revokes(backend: Backend) -> None:
    client = backend.log_in(backend.member())
    kept = client.copy("refresh_token")
    client.post_nothing(LOGOUT)
    _is_invalid(kept)


def logs_out_without_access_token(backend: Backend) -> None:
    """Browsers drop the access cookie when its token expires."""
    client = backend.log_in(backend.member()).copy("refresh_token")
    expect_answer(client.post_nothing(LOGOUT), 200, {"detail": GOODBYE})


def logout_needs_cookie(backend: Backend) -> None:
    expect_error(backend.client().post_nothing(LOGOUT), 400, texts=(MISSING,))


def clears_invalid_cookie(backend: Backend) -> None:
    response = backend.client(refresh_token="garbage").post_nothing(LOGOUT)
    expect_status(response, 200)
    cookie = response.cookies.get("refresh_token")
    expect(cookie is not None and is_deleted(cookie), "the invalid cookie `refresh_token` is not deleted")


def _is_token_cookie(name: str, cookie: "Morsel[str] | None") -> None:
    if cookie is None:
        raise Deviation(f"the cookie `{name}` is not set")
    age, lifetime = str(cookie["max-age"]), _lifetime(cookie.value)
    found = [
        "is not HttpOnly" if not cookie["httponly"] else "",
        f"has Path={cookie['path']}, not /" if cookie["path"] != "/" else "",
        "has no SameSite" if not cookie["samesite"] else "",
        "has no Max-Age" if not age.isdecimal() else "",
    ]
    if age.isdecimal() and lifetime is not None and abs(int(age) - lifetime) > TOLERANCE_SECONDS:
        found.append(f"has Max-Age={age}, and its token lives for {lifetime} s")
    wrong = [each for each in found if each]
    expect(not wrong, f"the cookie `{name}` {', '.join(wrong)}")


def _is_deleted_like(name: str, given: "Morsel[str] | None", response: Response) -> None:
    deleted = response.cookies.get(name)
    expect(deleted is not None and is_deleted(deleted), f"the logout does not delete the cookie `{name}`")
    assert deleted is not None
    for attribute in ("path", "domain", "secure", "httponly", "samesite"):
        was = given[attribute] if given is not None else ""
        differ = str(deleted[attribute]).lower() != str(was).lower()
        expect(
            not differ, f"the cookie `{name}` is deleted with {attribute}={deleted[attribute]}, but set with {was}"
        )


def _is_invalid(client: Client) -> None:
    expect_error(client.post_nothing(REFRESH), 401, texts=(INVALID,))


def _payload(token: str) -> dict[str, object] | None:
    """The claims of a JWT, unverified; None if it is none."""
    parts = token.split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "==")) if len(parts) == 3 else None
    except (binascii.Error, ValueError):
        return None
    return claims if isinstance(claims, dict) else None


def _lifetime(token: str) -> int | None:
    """In seconds; None if the token does not say."""
    claims = _payload(token) or {}
    start, end = claims.get("iat"), claims.get("exp")
    return round(end - start) if isinstance(start, int | float) and isinstance(end, int | float) else None


CASES = (
    Case("login", contract.LOGIN, logs_in),
    Case("login: token cookies", contract.COOKIES, sets_token_cookies),
    Case("login: readable cookie", contract.READABLE, sets_readable_cookie),
    Case("login: urlencoded form", contract.FORMS, logs_in_by_form),
    Case("login: multipart form", contract.FORMS, logs_in_by_multipart),
    Case("login: refused alike", contract.NOT_LOGGED_IN, refuses_all_alike),
    Case("login: no cookies when refused", contract.NOT_LOGGED_IN, sets_nothing_when_refused),
    Case("login: malformed", contract.MALFORMED_LOGIN, refuses_malformed_login),
    Case("access token: Bearer", contract.BEARER, takes_bearer),
    Case("refresh", contract.REFRESH, refreshes),
    Case("refresh: refresh cookie", contract.REFRESH_KEEPS, keeps_refresh_cookie),
    Case("refresh: without cookie", contract.REFRESH_MISSING, refresh_needs_cookie),
    Case("refresh: garbage", contract.NOT_REFRESHED, refresh_refuses_garbage),
    Case("refresh: access token", contract.NOT_REFRESHED, refresh_refuses_access_token),
    Case("logout", contract.LOGOUT, logs_out),
    Case("logout: cookies", contract.LOGOUT_DELETES, deletes_cookies),
    Case("logout: refresh afterwards", contract.NOT_REFRESHED, revokes),
    Case("logout: without access token", contract.LOGOUT, logs_out_without_access_token),
    Case("logout: without cookie", contract.LOGOUT_MISSING, logout_needs_cookie),
    Case("logout: invalid cookie", contract.LOGOUT_CLEARS, clears_invalid_cookie),
)
