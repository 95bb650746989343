"""Cases about registration and activation."""

import json

from conformance import contract
from conformance.backend import NO_MAIL, Account, Backend, Registration, activation_path, confirm_path, new_email
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
from conformance.client import NotRun, Response

DETAIL = "Registration successful. Please check your email."
GENERIC = "Please check your inputs and try again."
ACTIVATED, FAILED = "Account successfully activated.", "Activation failed."
BAD_LINK = "Invalid or expired reset link."
# What the answer to a registration also contains with DEBUG.
DEBUG_KEYS = {"token", "activation_link"}


def registers(backend: Backend) -> None:
    _is_registered(backend.registration())


def registers_by_form(backend: Backend) -> None:
    _is_registered(backend.inactive())


def ignores_extra_fields(backend: Backend) -> None:
    _is_registered(backend.second_registration())


def refuses_taken(backend: Backend) -> None:
    account = _registered(backend.registration())
    _is_generic(_register(backend, account.form), with_fields=False)


def refuses_taken_in_upper_case(backend: Backend) -> None:
    account = _registered(backend.registration())
    _is_generic(
        backend.client().post("/api/register/", {**account.form, "email": account.email.upper()}), with_fields=False
    )


def refuses_malformed(backend: Backend) -> None:
    form = Account(new_email(), "a good password").form
    malformed = {
        "an address without @": {**form, "email": "nobody"},
        "an empty address": {**form, "email": ""},
        "another confirmation": {**form, "confirmed_password": "another password"},
        "no confirmation": {"email": form["email"], "password": form["password"]},
        "no address": {"password": form["password"], "confirmed_password": form["password"]},
        "an array": [],
        "no JSON": b'{"email": ',
    }
    for_each_named(malformed, lambda body: _is_generic(_register(backend, body)))


def applies_password_rule(backend: Backend) -> None:
    email = new_email()
    passwords = {
        "a password of 7 characters": "pass wo",
        "a password of 129 characters": "long" * 32 + "x",
        "a password of digits": "8301947265",
        "the e-mail as the password": email,
    }
    for_each_named(passwords, lambda password: _is_generic(_register(backend, Account(email, password).form)))


def shows_link_in_log(backend: Backend) -> None:
    if backend.log is None:
        raise NotRun(NO_MAIL)
    try:
        link = backend.activation_link()
    except NotRun as reason:
        raise Deviation(f"no activation link can be found: {reason}") from None
    expect(
        backend.log.has_line("ACTIVATION LINK", link), "no line of the log is `[ACTIVATION LINK] <url>` with the link"
    )


def has_link_with_query(backend: Backend) -> None:
    if backend.log is None:
        raise NotRun(NO_MAIL)
    link = backend.activation_link()
    expect(link.has_query, "the activation link does not end in ?uid=…&token=…")


def binds_activation_link(backend: Backend) -> None:
    path = confirm_path(backend.second_link())
    body = {"new_password": "a new password", "confirm_password": "a new password"}
    expect_error(backend.client().post(path, body), 400, texts=(BAD_LINK, GENERIC))


def refuses_unknown_links(backend: Backend) -> None:
    paths = ["/api/activate/OTk5OTk5OTk5/unknown-token/", "/api/activate/-/-/", "/api/activate/%C3%A4/%00/"]
    for_each(paths, lambda path: expect_error(backend.client().get(path), 400, name="message", texts=(FAILED,)))


def refuses_wrong_token(backend: Backend) -> None:
    link = backend.activation_link()
    path = f"/api/activate/{link.uid}/{link.token[::-1]}x/"
    expect_error(backend.client().get(path), 400, name="message", texts=(FAILED,))


def activates(backend: Backend) -> None:
    expect_answer(backend.activation(), 200, {"message": ACTIVATED})


def activates_again(backend: Backend) -> None:
    backend.member()
    again = backend.client().get(activation_path(backend.activation_link()))
    expect_answer(again, 200, {"message": ACTIVATED})


def _register(backend: Backend, body: object) -> Response:
    """Send JSON, or bytes as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return backend.client().request("POST", "/api/register/", content, {"Content-Type": "application/json"})


def _registered(registration: Registration) -> Account:
    if registration.response.status not in (200, 201):
        raise NotRun(f"it needs an account, and the registration answers {registration.response.status}")
    return registration.account


def _is_registered(registration: Registration) -> None:
    expect_status(registration.response, 201)
    body = json_of(registration.response)
    expect(isinstance(body, dict), f"the answer is {body!r}, not an object")
    user = {"id": registration.user_id, "email": registration.account.email}
    expect(registration.user_id is not None, f"`user` has no integer `id`: {body.get('user')!r}")
    expect(body.get("detail") == DETAIL, f"`detail` is {body.get('detail')!r}, not {DETAIL!r}")
    expect(body.get("user") == user, f"`user` is {body.get('user')!r}, not {user!r}")
    more = set(body) - {"detail", "user"}
    expect(
        more in (set(), DEBUG_KEYS),
        f"the answer has other fields than `detail` and `user`: {', '.join(sorted(more))}",
    )


def _is_generic(response: Response, *, with_fields: bool = True) -> None:
    expect_error(response, 400, texts=(GENERIC,))
    more = set(response.json()) - ({"detail", "fields"} if with_fields else {"detail"})
    expect(not more, f"the answer says more than `detail`: {', '.join(sorted(more))}")


CASES = (
    Case("registration", contract.REGISTER, registers),
    Case("registration: extra fields", contract.REGISTER, ignores_extra_fields),
    Case("registration: form", contract.FORMS, registers_by_form),
    Case("registration: taken address", contract.TAKEN, refuses_taken),
    Case("registration: taken address in upper case", contract.TAKEN, refuses_taken_in_upper_case),
    Case("registration: malformed", contract.NOT_REGISTERED, refuses_malformed),
    Case("registration: password rule", contract.PASSWORD_RULE, applies_password_rule),
    Case("activation: unknown link", contract.NOT_ACTIVATED, refuses_unknown_links),
    Case("activation: link in the log", contract.ACTIVATION_LINE, shows_link_in_log),
    Case("activation: form of the link", contract.ACTIVATION_QUERY, has_link_with_query),
    Case("activation: wrong token", contract.NOT_ACTIVATED, refuses_wrong_token),
    Case("activation", contract.ACTIVATE, activates),
    Case("activation: the same link again", contract.ACTIVATE, activates_again),
    Case("activation: no password reset", contract.MAIL_TOKENS, binds_activation_link),
)
