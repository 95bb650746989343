"""Lets people without an account in by a guest link: who may use it, and the session that it opens."""

from datetime import timedelta
from uuid import uuid4

from aiohttp import web

from videoflix.accounts import auth, session_cookies
from videoflix.accounts.handlers.login import end_sessions, user_agent
from videoflix.accounts.limits import Limit
from videoflix.accounts.models import OpenGuestLink, Session
from videoflix.accounts.queries import guest_links
from videoflix.accounts.resources import HASHING, LIMITS
from videoflix.accounts.tokens import mail_token_hash
from videoflix.errors import InvalidGuestLink, Unauthenticated, WrongPassword
from videoflix.http import cookies
from videoflix.http.forwarded import address as address_of
from videoflix.http.forwarded import network
from videoflix.http.resources import DATABASE, SETTINGS

# A session ends after this time, or earlier with its link.
LIFETIME = timedelta(hours=24)


async def find_link(request: web.Request) -> OpenGuestLink:
    """The link of the token in the path. Raises InvalidGuestLink if it is unknown, has expired or was revoked."""
    async with request.app[DATABASE].connection() as connection:
        link = await guest_links.find(connection, mail_token_hash(request.match_info["token"]))
    if link is None or link.is_over:
        raise InvalidGuestLink
    return link


async def current_session(request: web.Request) -> Session | None:
    try:
        session, _ = await auth.authenticate(request)
    except Unauthenticated:
        return None
    return session


async def needs_no_link(request: web.Request, link: OpenGuestLink, session: Session | None) -> bool:
    """Whether this session sees already what the link leads to: that of an account, or one that the link opened."""
    if session is None or session.is_guest:
        return session is not None and session.guest_link_id == link.id
    async with request.app[DATABASE].connection() as connection:
        return await guest_links.is_visible(connection, session.viewer, link.target)


async def open_session(request: web.Request, link: OpenGuestLink, password: str) -> web.Response:
    """Count a use, and open a session, which replaces that of the cookies. Returns a redirect to the film or series.

    Raises WrongPassword or TooManyRequests, or InvalidGuestLink if the link cannot be used, or if there is nothing to
    see at the moment: it may be a draft.
    """
    await _check_password(request, link, password)
    session_id = uuid4()
    async with request.app[DATABASE].transaction() as connection:
        if not await guest_links.is_visible(connection, link.viewer, link.target):
            raise InvalidGuestLink
        agent, address = user_agent(request), address_of(request)
        if not await guest_links.use(connection, link.id, session_id, LIFETIME, agent, address):
            raise InvalidGuestLink
    _, replaced = cookies.tokens(request)
    await end_sessions(request, replaced)
    response = web.Response(status=303, headers={"Location": link.target.address})
    session_cookies.set_refresh(request, response, 0, session_id, is_remembered=False)
    session_cookies.set_access(request, response, 0, session_id)
    return response


async def _check_password(request: web.Request, link: OpenGuestLink, password: str) -> None:
    """Raises WrongPassword or TooManyRequests."""
    if link.password_hash is None:
        return
    settings, client = request.app[SETTINGS], network(address_of(request))
    async with request.app[LIMITS].count_failures(
        WrongPassword,
        Limit("guest_passwords", settings.limit_failed_logins, (client, str(link.id))),
        Limit("failed_logins_address", settings.limit_failed_logins_address, (client,)),
    ):
        if not await request.app[HASHING].verify(link.password_hash, password):
            raise WrongPassword
