"""The resources of accounts: signing keys, password hashing, sessions and rate limits."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from videoflix.accounts.guard import Guard
from videoflix.accounts.hashing import Hashing
from videoflix.accounts.limits import Limits
from videoflix.accounts.models import Session
from videoflix.accounts.passwords import Passwords
from videoflix.accounts.tokens import Keyring
from videoflix.http.resources import DATABASE, SETTINGS

KEYRING = web.AppKey("keyring", Keyring)
HASHING = web.AppKey("hashing", Hashing)
LIMITS = web.AppKey("limits", Limits)
GUARD = web.AppKey("guard", Guard)
# Called with the id of the profile that logs out, when the session has ended.
ON_LOGOUT = web.AppKey("on_logout", list[Callable[[int], Awaitable[None]]])

SESSION = web.RequestKey("session", Session)


@asynccontextmanager
async def lifespan(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    app[KEYRING] = Keyring(settings.secret_key, *settings.secret_key_fallbacks)
    app[HASHING] = Hashing(
        Passwords(settings.argon2_time_cost, settings.argon2_memory_kib, settings.argon2_parallelism),
        settings.web_processes,
    )
    app[GUARD] = Guard(app[DATABASE], settings.stale_seconds)
    app[LIMITS] = Limits(settings)
    app[ON_LOGOUT] = []
    yield
    await app[LIMITS].close()
    app[HASHING].close()
