"""Who may call a handler. Closed by default: a handler without a decorator needs a login."""

from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_public: set[object] = set()
_admin: set[object] = set()
_metrics_access: set[object] = set()


def public(handler: Handler) -> Handler:
    """For everyone."""
    _public.add(handler)
    return handler


def admin(handler: Handler) -> Handler:
    """For administrators."""
    _admin.add(handler)
    return handler


def metrics_access(handler: Handler) -> Handler:
    """For administrators, and for machines that have METRICS_TOKEN."""
    _metrics_access.add(handler)
    return admin(handler)


def is_public(handler: object) -> bool:
    return handler in _public


def needs_admin(handler: object) -> bool:
    return handler in _admin


def takes_metrics_token(handler: object) -> bool:
    return handler in _metrics_access
