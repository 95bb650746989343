"""All routes: those of each domain, in the order in which they are matched."""

from collections.abc import Iterable, Iterator

from aiohttp import web

from videoflix.accounts import routes as accounts
from videoflix.admin import routes as admin
from videoflix.library import routes as library
from videoflix.monitoring import routes as monitoring
from videoflix.pages import routes as pages
from videoflix.reference import routes as reference
from videoflix.streaming import routes as streaming
from videoflix.uploads import routes as uploads
from videoflix.watching import routes as watching

ROUTES = [
    *streaming.BUSIEST,
    *library.ROUTES,
    *streaming.ROUTES,
    *monitoring.ROUTES,
    *accounts.ROUTES,
    *watching.ROUTES,
    *admin.ROUTES,
    *uploads.ROUTES,
    *reference.ROUTES,
    *pages.ROUTES,
]


def without_slash(routes: Iterable[web.RouteDef]) -> Iterator[web.RouteDef]:
    """The viewers' routes without their trailing slash, which some clients omit. A redirect would lose a POST."""
    paths = {route.path for route in routes}
    for route in routes:
        path = route.path.rstrip("/")
        is_for_viewers = path.startswith("/api/") and not path.startswith("/api/admin/")
        if is_for_viewers and path != route.path and path not in paths:
            yield web.RouteDef(route.method, path, route.handler, route.kwargs)
