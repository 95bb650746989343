"""Who may call a handler: closed by default, `@public` opens it to everyone, `@admin` asks for one more thing."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from aiohttp import web

from videoflix.errors import Forbidden, Unauthenticated
from videoflix.models import Session
from videoflix.tokens import InvalidToken, Purpose, Token
from videoflix.web.cookies import ACCESS, REFRESH
from videoflix.web.keys import GUARD, KEYRING

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_public: set[object] = set()
_admin: set[object] = set()


def public(handler: Handler) -> Handler:
    _public.add(handler)
    return handler


def admin(handler: Handler) -> Handler:
    _admin.add(handler)
    return handler


def is_open(request: web.Request) -> bool:
    """Whether nobody has to log in for this: public handlers, preflights, and what leads nowhere."""
    match = request.match_info
    preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    return match.http_exception is not None or preflight or match.handler in _public


def check_role(request: web.Request, session: Session) -> None:
    """Raises Forbidden."""
    if request.match_info.handler in _admin and not session.is_staff:
        raise Forbidden


async def authenticate(request: web.Request) -> tuple[Session, bool]:
    """The session behind a request, and whether its access cookie wants to be renewed.

    To look (GET, HEAD), the refresh cookie may stand in for an access token that has expired or that the
    browser has dropped: a player never retries after a 401.

    Raises Unauthenticated.
    """
    now = datetime.now(UTC)
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    access = bearer.strip() if scheme.lower() == "bearer" else request.cookies.get(ACCESS, "")
    token = _read(request, "access", access, now) if access else None
    if token is not None or request.method not in ("GET", "HEAD"):
        return await _admit(request, token, now), False
    return await _admit(request, _read(request, "refresh", request.cookies.get(REFRESH, ""), now), now), True


def _read(request: web.Request, purpose: Purpose, text: str, now: datetime) -> Token | None:
    """The token, or None if it is ours but has expired. Raises Unauthenticated if it is not ours."""
    try:
        token = request.app[KEYRING].read(purpose, text)
    except InvalidToken:
        raise Unauthenticated from None
    return token if token.expires_at > now else None


async def _admit(request: web.Request, token: Token | None, now: datetime) -> Session:
    session = await request.app[GUARD].admit(token, now) if token else None
    if session is None:
        raise Unauthenticated
    return session
