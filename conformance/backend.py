"""The backend under test, and what cases share: accounts that are made once, sessions, and a film.

Each of these steps is a case of its own elsewhere. Here a step that fails only means that others cannot be run.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http.client import HTTPException
from secrets import token_hex
from typing import Any, TypeVar

from conformance.client import Client, NotRun, RateLimited, Response
from conformance.mail_log import Link, MailLog

Value = TypeVar("Value")

# The contract's own example of a password, for an account that is never activated.
EXAMPLE_PASSWORD = "securepassword"
NO_MAIL = "it needs the activation mail: pass the server's log with --log"


@dataclass(frozen=True)
class Account:
    email: str
    password: str

    @property
    def credentials(self) -> dict[str, str]:
        return {"email": self.email, "password": self.password}

    @property
    def form(self) -> dict[str, str]:
        """What the registration takes."""
        return {**self.credentials, "confirmed_password": self.password}


@dataclass(frozen=True)
class Registration:
    account: Account
    response: Response

    @property
    def body(self) -> dict[str, Any]:
        """The body, empty if it is no JSON object."""
        try:
            body = self.response.json()
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def user_id(self) -> int | None:
        user = self.body.get("user")
        found = user.get("id") if isinstance(user, dict) else None
        return found if isinstance(found, int) else None


@dataclass(frozen=True)
class Film:
    """A film with its 480p playlist."""

    id: int
    playlist: Response

    @property
    def path(self) -> str:
        return f"/api/video/{self.id}"

    @property
    def segments(self) -> list[str]:
        """The addresses of the segments, as the playlist names them."""
        lines = self.playlist.body.decode(errors="replace").splitlines()
        return [line.strip() for line in lines if line.strip() and not line.startswith("#")]

    @property
    def first_segment(self) -> str:
        """The path of the first segment, without its version."""
        return f"{self.path}/480p/{self.segments[0].partition('?')[0]}"


def once(step: Callable[["Backend"], Value]) -> Callable[["Backend"], Value]:
    """Take the step when it is first needed, and keep what it returns or raises: a step that has failed, such as
    waiting for a mail, is not repeated for each case."""

    @wraps(step)
    def outcome(backend: "Backend") -> Value:
        kept = backend.outcomes
        if step.__name__ not in kept:
            try:
                kept[step.__name__] = step(backend)
            except (NotRun, OSError, HTTPException) as error:
                kept[step.__name__] = error
        found = kept[step.__name__]
        if isinstance(found, RateLimited):
            raise RateLimited(str(found))
        if isinstance(found, Exception):
            raise NotRun(str(found))
        return found  # type: ignore[no-any-return]

    return outcome


class Backend:
    """A backend at an address like `http://127.0.0.1:8000`. `origin` is one that it allows."""

    def __init__(self, address: str, origin: str, log: MailLog | None = None) -> None:
        self.address, self.origin, self.log = address, origin, log
        self.outcomes: dict[str, Any] = {}

    def client(self, **cookies: str) -> Client:
        return Client(self.address, cookies)

    def log_in(self, account: Account) -> Client:
        """A new session. Raises NotRun."""
        client = self.client()
        response = client.post("/api/login/", account.credentials)
        if response.status != 200 or not {"access_token", "refresh_token"} <= set(client.cookies):
            raise NotRun("it needs a login, which sets no cookies of a session here")
        return client

    @once
    def registration(self) -> Registration:
        """Of the account that becomes the member."""
        account = _new_account()
        return Registration(account, self._register({**account.form, "privacy_policy": "on"}))

    @once
    def second_registration(self) -> Registration:
        """Of the account whose password is reset."""
        account = _new_account()
        return Registration(account, self._register({**account.form, "privacy_policy": True}))

    @once
    def inactive(self) -> Registration:
        """Of an account that is never activated, registered with a form."""
        account = Account(new_email(), EXAMPLE_PASSWORD)
        response = self.client().post_form("/api/register/", {**account.form, "privacy_policy": "on"})
        return Registration(account, response)

    @once
    def activation_link(self) -> Link:
        return self._activation_link(self.registration())

    @once
    def activation(self) -> Response:
        return self.client().get(activation_path(self.activation_link()))

    @once
    def member(self) -> Account:
        """An account that can log in."""
        if self.activation().status != 200:
            raise NotRun(f"it needs an active account, and the activation answers {self.activation().status}")
        return self.registration().account

    @once
    def session(self) -> Client:
        """The member's session. Cases that end a session open their own."""
        return self.log_in(self.member())

    @once
    def second_link(self) -> Link:
        return self._activation_link(self.second_registration())

    @once
    def second_session(self) -> Client:
        """A session of the account whose password is reset, before that."""
        self.client().get(activation_path(self.second_link()))
        return self.log_in(self.second_registration().account)

    @once
    def reset_link(self) -> Link:
        if self.log is None:
            raise NotRun("it needs the reset mail: pass the server's log with --log")
        self.second_session()
        registration = self.second_registration()
        self.client().post("/api/password_reset/", {"email": registration.account.email})
        link = self.log.next_link(uid_of(registration.user_id))
        if link is None:
            raise NotRun(f"it needs the reset mail, whose link does not appear in {self.log.path}")
        return link

    @once
    def reset(self) -> tuple[Account, Response]:
        """The account with its new password, and the answer to the reset."""
        path, password = confirm_path(self.reset_link()), _new_password()
        response = self.client().post(path, {"new_password": password, "confirm_password": password})
        return Account(self.second_registration().account.email, password), response

    @once
    def list_response(self) -> Response:
        return self.session().get("/api/video/")

    @once
    def films(self) -> list[dict[str, Any]]:
        """The objects of the list. Raises NotRun if there is none."""
        try:
            listed = self.list_response().json()
        except ValueError:
            listed = []
        films = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        if not films:
            raise NotRun("it needs a film, and the backend lists none")
        return films

    @once
    def film(self) -> Film:
        """The newest film whose playlist names segments."""
        for listed in self.films():
            film_id = listed.get("id")
            if isinstance(film_id, int):
                film = Film(film_id, self.session().get(f"/api/video/{film_id}/480p/index.m3u8"))
                if film.playlist.status == 200 and film.segments:
                    return film
        raise NotRun("it needs a film with a 480p playlist that names segments")

    def _register(self, body: dict[str, Any]) -> Response:
        return self.client().post("/api/register/", body)

    def _activation_link(self, registration: Registration) -> Link:
        """From the log, or from the answer of a server in debug mode. Raises NotRun."""
        uid, token = uid_of(registration.user_id), registration.body.get("token")
        if registration.response.status not in (200, 201):
            raise NotRun(f"it needs an account, and the registration answers {registration.response.status}")
        if self.log is not None:
            link = self.log.next_link(uid)
            if link is None:
                raise NotRun(f"it needs the activation mail, whose link does not appear in {self.log.path}")
            return link
        if uid and isinstance(token, str):
            return Link(str(registration.body.get("activation_link", "")), uid, token, has_query=True)
        raise NotRun(NO_MAIL)


def new_email() -> str:
    """An address of a reserved domain, recognisable and never used before."""
    return f"conformance-{token_hex(8)}@example.org"


def activation_path(link: Link) -> str:
    return f"/api/activate/{link.uid}/{link.token}/"


def confirm_path(link: Link) -> str:
    return f"/api/password_confirm/{link.uid}/{link.token}/"


def uid_of(user_id: int | None) -> str:
    """The urlsafe base64 of the decimal id without padding; empty if the id is not known."""
    return "" if user_id is None else base64.urlsafe_b64encode(str(user_id).encode()).decode().rstrip("=")


def _new_password() -> str:
    return f"conformance {token_hex(8)}"


def _new_account() -> Account:
    return Account(new_email(), _new_password())
