"""An HTTP client that shows everything: it follows no redirect, and keeps cookies whatever their attributes are."""

import http.client
import json
import sys
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookies import CookieError, Morsel, SimpleCookie
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 30
# How long a request waits for a rate limit of the server, at most.
MAX_WAIT_SECONDS = 60
MAX_SHOWN = 100


class NotRun(Exception):
    """A case cannot be run. The message is the reason."""


class RateLimited(NotRun):
    """The server has answered 429."""


@dataclass(frozen=True)
class Response:
    """A response with its whole body. `request` is its method and path, for messages."""

    request: str
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def header(self, name: str) -> str:
        """The value, or an empty string. Several headers of one name are joined."""
        return ", ".join(self.headers.get_all(name, []))

    @property
    def content_type(self) -> str:
        """Without parameters, as it was sent."""
        return self.header("Content-Type").partition(";")[0].strip()

    def json(self) -> Any:
        """Raises ValueError."""
        return json.loads(self.body)

    @property
    def cookies(self) -> dict[str, Morsel[str]]:
        """The cookies that it sets or deletes."""
        found: dict[str, Morsel[str]] = {}
        for line in self.headers.get_all("Set-Cookie", []):
            try:
                found |= SimpleCookie(line)
            except CookieError:
                continue
        return found


class Client:
    """Requests to one server, with the cookies of one browser."""

    def __init__(self, address: str, cookies: dict[str, str] | None = None) -> None:
        self.address = address
        self.cookies = dict(cookies or {})

    def copy(self, *names: str) -> "Client":
        """A client with the same cookies, or those of them that are named."""
        return Client(
            self.address, {name: self.cookies[name] for name in names or self.cookies if name in self.cookies}
        )

    def get(self, path: str, **headers: str) -> Response:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, body: object, **headers: str) -> Response:
        """Send JSON."""
        return self.request("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})

    def post_nothing(self, path: str, **headers: str) -> Response:
        """Send an empty body that is labelled as JSON, as frontends do."""
        return self.request("POST", path, b"", {"Content-Type": "application/json", **headers})

    def post_form(self, path: str, fields: dict[str, str]) -> Response:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.request("POST", path, urlencode(fields).encode(), headers)

    def post_multipart(self, path: str, fields: dict[str, str]) -> Response:
        boundary = token_hex(16)
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        body = "".join([*parts, f"--{boundary}--\r\n"]).encode()
        return self.request("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Response:
        """Send a request. `headers` may have `_` for `-`. Raises RateLimited, OSError or HTTPException."""
        sent = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        if self.cookies:
            sent.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        response = self._send(method, path, body, sent)
        if response.status == 429:
            _wait(response)
            response = self._send(method, path, body, sent)
        if response.status == 429:
            raise RateLimited(_limited(response))
        self._keep(response)
        return response

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Response:
        parts = urlsplit(self.address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
        try:
            try:
                connection.request(method, path, body, headers)
            except (BrokenPipeError, ConnectionResetError):
                if not body:  # a server may answer before it has read all of a large body
                    raise
            answer = connection.getresponse()
            shown = path if len(path) <= MAX_SHOWN else f"{path[:MAX_SHOWN]}…"
            return Response(f"{method} {shown}", answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def _keep(self, response: Response) -> None:
        for name, morsel in response.cookies.items():
            if is_deleted(morsel):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.coded_value  # as it was sent, with its quotes


def is_deleted(cookie: Morsel[str]) -> bool:
    """Whether a browser removes the cookie: it expires at once."""
    if cookie["max-age"]:
        return str(cookie["max-age"]).startswith(("0", "-"))
    try:
        return parsedate_to_datetime(cookie["expires"]).timestamp() <= time.time()
    except (TypeError, ValueError):
        return False


def _wait(response: Response) -> None:
    """Wait as long as the server asks. Raises RateLimited if that is too long."""
    asked = response.header("Retry-After")
    seconds = int(asked) if asked.isdecimal() else MAX_WAIT_SECONDS + 1
    if seconds > MAX_WAIT_SECONDS:
        raise RateLimited(_limited(response))
    print(f"conformance: {_limited(response)}; waiting", file=sys.stderr)
    time.sleep(seconds)


def _limited(response: Response) -> str:
    after = response.header("Retry-After")
    return f"the server limits requests: 429 for {response.request}" + (f", Retry-After: {after}" if after else "")
