"""Declares who may call a handler, and what is not logged.

A handler without a decorator requires a login with an account, and a profile that was chosen. The profile of a child
may call it, a guest may not.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_public: set[object] = set()
_admin: set[object] = set()
_adult: set[object] = set()
_guest: set[object] = set()
_without_profile: set[object] = set()
_metrics_access: set[object] = set()
_unlogged: set[object] = set()
_forms: set[object] = set()


def public(handler: Handler) -> Handler:
    """Allow a handler without a login."""
    _public.add(handler)
    return handler


def admin(handler: Handler) -> Handler:
    """Allow a handler for administrators only."""
    _admin.add(handler)
    return handler


def adult(handler: Handler) -> Handler:
    """Allow a handler for the profiles of adults only: it is about the account."""
    _adult.add(handler)
    return handler


def guest(handler: Handler) -> Handler:
    """Also allow a handler for guests, who may see the video or series of their link."""
    _guest.add(handler)
    return handler


def without_profile(handler: Handler) -> Handler:
    """Allow a handler before a profile was chosen."""
    _without_profile.add(handler)
    return handler


def metrics_access(handler: Handler) -> Handler:
    """Allow a handler for administrators, and for clients that send METRICS_TOKEN."""
    _metrics_access.add(handler)
    return admin(handler)


def form(handler: Handler) -> Handler:
    """Accept a refresh token where the access token has expired: a browser cannot send a form again."""
    _forms.add(handler)
    return handler


def is_form(handler: object) -> bool:
    return handler in _forms


def unlogged(handler: Handler) -> Handler:
    """Do not log the successful requests of a handler that is called all the time."""
    _unlogged.add(handler)
    return handler


def is_unlogged(handler: object) -> bool:
    return handler in _unlogged


def is_public(handler: object) -> bool:
    return handler in _public


def needs_admin(handler: object) -> bool:
    return handler in _admin


def needs_adult(handler: object) -> bool:
    return handler in _adult


def allows_guests(handler: object) -> bool:
    return handler in _guest


def needs_no_profile(handler: object) -> bool:
    return handler in _without_profile


def takes_metrics_token(handler: object) -> bool:
    return handler in _metrics_access
