"""Who may call a handler: closed by default, `@public` opens it to everyone, `@admin` asks for one more thing,
`@metrics_access` takes a machine's token instead."""

import hmac
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.hdrs import AUTHORIZATION

from videoflix.accounts.models import Session
from videoflix.accounts.resources import GUARD, KEYRING
from videoflix.accounts.tokens import Token
from videoflix.errors import Forbidden, Unauthenticated, VideoflixError
from videoflix.http import cookies
from videoflix.http.resources import SETTINGS

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_public: set[object] = set()
_admin: set[object] = set()
_metrics_access: set[object] = set()


def public(handler: Handler) -> Handler:
    _public.add(handler)
    return handler


def admin(handler: Handler) -> Handler:
    _admin.add(handler)
    return handler


def metrics_access(handler: Handler) -> Handler:
    """For administrators, and for a machine that has METRICS_TOKEN."""
    _metrics_access.add(handler)
    return admin(handler)


def is_open(request: web.Request) -> bool:
    """Whether nobody has to log in for this: public handlers, preflights, and what leads nowhere."""
    match = request.match_info
    handler = match.handler
    preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    if match.http_exception is not None or preflight or handler in _public:
        return True
    return handler in _metrics_access and _has_metrics_token(request)


def check_role(request: web.Request, session: Session) -> None:
    """Raises Forbidden."""
    if request.match_info.handler in _admin and not session.is_staff:
        raise Forbidden


async def has_metrics_access(request: web.Request) -> bool:
    """Whether somebody who is let in anyway may know more of the server."""
    if _has_metrics_token(request):
        return True
    try:
        session, _ = await authenticate(request)
    except VideoflixError:
        return False
    return session.is_staff


async def authenticate(request: web.Request) -> tuple[Session, bool]:
    """The session behind a request, and whether its access cookie wants to be renewed.

    Of several cookies of one name, any that is valid counts. To look (GET, HEAD), the refresh cookie may stand in for
    an access token that has expired or that the browser has dropped: a player never retries after a 401.

    Raises Unauthenticated.
    """
    now, bearer = datetime.now(UTC), _bearer(request)
    shown, refresh = cookies.tokens(request)
    if bearer is not None:
        shown = (bearer,) if bearer else ()
    access = request.app[KEYRING].read_all("access", shown)
    session = await _admit(request, access, now)
    if session is not None:
        return session, False
    has_expired = not shown or any(token.expires_at <= now for token in access)
    if has_expired and request.method in ("GET", "HEAD"):
        session = await _admit(request, request.app[KEYRING].read_all("refresh", refresh), now)
    if session is None:
        raise Unauthenticated
    return session, True


def _bearer(request: web.Request) -> str | None:
    scheme, _, bearer = request.headers.get(AUTHORIZATION, "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else None


def _has_metrics_token(request: web.Request) -> bool:
    """Compared in a time that tells nothing."""
    token, bearer = request.app[SETTINGS].metrics_token, _bearer(request)
    if not token or bearer is None:
        return False
    return hmac.compare_digest(bearer.encode("utf-8", "surrogateescape"), token.encode())


async def _admit(request: web.Request, tokens: list[Token], now: datetime) -> Session | None:
    """The session of the first token that has one and has not expired."""
    for token in tokens:
        if token.expires_at > now:
            session = await request.app[GUARD].admit(token, now)
            if session is not None:
                return session
    return None
