"""Cases about the password reset. They use one account, and depend on their order: the reset spends the link."""

from conformance import contract
from conformance.accounts import BAD_LINK, FAILED, GENERIC
from conformance.backend import Backend, activation_path, confirm_path, new_email
from conformance.cases import Case
from conformance.checks import expect, expect_answer, expect_error, expect_status, for_each, for_each_named
from conformance.streaming import expect_end_of_access

REQUEST = "/api/password_reset/"
SENT = {"detail": "An email has been sent to reset your password."}
RESET = {"detail": "Your Password has been successfully reset."}
PASSWORDS = {"new_password": "a new password", "confirm_password": "a new password"}


def answers_unknown_address(backend: Backend) -> None:
    expect_answer(backend.client().post(REQUEST, {"email": new_email()}), 200, SENT)


def answers_known_address(backend: Backend) -> None:
    expect_answer(backend.client().post(REQUEST, {"email": backend.member().email}), 200, SENT)


def refuses_malformed_request(backend: Backend) -> None:
    bodies: dict[str, object] = {
        "no address": {},
        "an address without @": {"email": "nobody"},
        "an empty address": {"email": ""},
        "an array": [],
    }
    for_each_named(bodies, lambda body: expect_error(backend.client().post(REQUEST, body), 400))


def refuses_unknown_links(backend: Backend) -> None:
    paths = ["/api/password_confirm/OTk5OTk5OTk5/unknown-token/", "/api/password_confirm/-/-/"]
    for_each(paths, lambda path: expect_error(backend.client().post(path, PASSWORDS), 400, texts=(BAD_LINK, GENERIC)))


def shows_link_in_log(backend: Backend) -> None:
    link = backend.reset_link()
    assert backend.log is not None
    expect(backend.log.has_line("RESET LINK", link), "no line of the log is `[RESET LINK] <url>` with the link")


def has_link_with_query(backend: Backend) -> None:
    expect(backend.reset_link().has_query, "the reset link does not end in ?uid=…&token=…")


def binds_reset_link(backend: Backend) -> None:
    path = activation_path(backend.reset_link())
    expect_error(backend.client().get(path), 400, name="message", texts=(FAILED,))


def refuses_bad_passwords(backend: Backend) -> None:
    bodies = {
        "another confirmation": {**PASSWORDS, "confirm_password": "another password"},
        "a short password": {"new_password": "short", "confirm_password": "short"},
        "a password of digits": {"new_password": "8301947265", "confirm_password": "8301947265"},
        "no confirmation": {"new_password": "a new password"},
    }
    path = confirm_path(backend.reset_link())
    for_each_named(
        bodies, lambda body: expect_error(backend.client().post(path, body), 400, texts=(BAD_LINK, GENERIC))
    )


def resets(backend: Backend) -> None:
    _, response = backend.reset()
    expect_answer(response, 200, RESET)


def replaces_password(backend: Backend) -> None:
    account, _ = backend.reset()
    expect_status(backend.client().post("/api/login/", account.credentials), 200)
    before = backend.second_registration().account
    expect_status(backend.client().post("/api/login/", before.credentials), 401)


def ends_sessions(backend: Backend) -> None:
    backend.reset()
    expect_status(backend.second_session().copy("refresh_token").post_nothing("/api/token/refresh/"), 401)


def ends_access(backend: Backend) -> None:
    backend.reset()
    expect_end_of_access(backend.second_session(), "/api/video/", "the password was reset")


def spends_link(backend: Backend) -> None:
    backend.reset()
    response = backend.client().post(confirm_path(backend.reset_link()), PASSWORDS)
    expect_error(response, 400, texts=(BAD_LINK, GENERIC))


CASES = (
    Case("reset request: unknown address", contract.RESET_REQUEST, answers_unknown_address),
    Case("reset request: known address", contract.RESET_REQUEST, answers_known_address),
    Case("reset request: malformed", contract.MALFORMED_RESET, refuses_malformed_request),
    Case("reset: unknown link", contract.NOT_RESET, refuses_unknown_links),
    Case("reset: link in the log", contract.RESET_LINE, shows_link_in_log),
    Case("reset: form of the link", contract.RESET_QUERY, has_link_with_query),
    Case("reset: no activation", contract.MAIL_TOKENS, binds_reset_link),
    Case("reset: bad passwords", contract.NOT_RESET, refuses_bad_passwords),
    Case("reset", contract.RESET, resets),
    Case("reset: old and new password", contract.RESET, replaces_password),
    Case("reset: sessions", contract.RESET, ends_sessions),
    Case("reset: access", contract.END_OF_ACCESS, ends_access),
    Case("reset: the same link again", contract.MAIL_TOKENS, spends_link),
)
