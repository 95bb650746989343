"""What is known of a route without being declared again: who may call it, its parameters, and how it may fail."""

import re
from inspect import cleandoc
from typing import Any

from msgspec import Struct

from videoflix import errors
from videoflix.http import access
from videoflix.http.error_middleware import status_of
from videoflix.http.operations import Operation, Parameter, operation_of
from videoflix.reference import words

SAFE = ("GET", "HEAD", "OPTIONS")
# The session is that of the header, and without one that of the cookie.
LOGIN: list[dict[str, list[str]]] = [{"bearer": []}, {"access_token": []}]
# Errors of every route.
EVERYWHERE = (errors.DisallowedHost, errors.InvalidInput, errors.CompressedBody, errors.DatabaseUnavailable)


class Route(Struct, frozen=True):
    """A route whose handler has declared an operation."""

    method: str
    path: str
    handler: Any

    @property
    def operation(self) -> Operation:
        found = operation_of(self.handler)
        assert found is not None
        return found

    @property
    def parts(self) -> list[str]:
        """The names of the variable parts of the path."""
        return re.findall(r"\{(\w+)\}", self.path)


def description(route: Route) -> str:
    """The docstring of the handler without the exceptions, and who may call it."""
    text = re.sub(r"\s*\bRaises\b[^.]*\.", "", cleandoc(route.handler.__doc__ or "")).strip()
    return "\n\n".join(part for part in (text, _who(route)) if part)


def _who(route: Route) -> str:
    handler = route.handler
    if access.takes_metrics_token(handler):
        return "For administrators, and with METRICS_TOKEN as the bearer token."
    if access.is_public(handler):
        return "Without a login."
    if access.needs_admin(handler):
        return "For administrators."
    if access.needs_adult(handler):
        return "For the profiles of adults."
    if access.allows_guests(handler):
        return "Also for those who have opened a guest link, for its film or series."
    return ""


def security(route: Route) -> list[dict[str, list[str]]]:
    if route.operation.takes_refresh_cookie:
        return [{"refresh_token": []}]
    return [] if access.is_public(route.handler) else LOGIN


def parameters(route: Route) -> list[Parameter]:
    declared = {(one.place, one.name): one for one in route.operation.parameters}
    in_path = [declared.get(("path", name)) or words.path_parameter(route.path, name) for name in route.parts]
    others = [one for one in route.operation.parameters if one.place != "path"]
    if route.operation.has_ranges:
        others += words.RANGE_PARAMETERS
    elif route.operation.is_conditional:
        others += words.CONDITIONAL_PARAMETERS
    return [*in_path, *others]


def errors_by_status(route: Route) -> dict[int, list[type[errors.VideoflixError]]]:
    """The errors of a route by their status; those without a class have an empty list."""
    handler, operation = route.handler, route.operation
    found: set[type[errors.VideoflixError]] = {*EVERYWHERE, *operation.errors}
    if route.method not in SAFE:
        found.add(errors.CrossSite)
    if {*route.parts} - words.TOKENS:
        found.add(errors.NotFound)
    if not access.is_public(handler):
        found |= _errors_of_access(handler)
    by_status: dict[int, list[type[errors.VideoflixError]]] = {500: []}
    if operation.body:
        by_status[413] = []
    for kind in sorted(found, key=lambda kind: kind.__name__):
        by_status.setdefault(status_of(kind), []).append(kind)
    return by_status


def _errors_of_access(handler: object) -> set[type[errors.VideoflixError]]:
    found: set[type[errors.VideoflixError]] = {errors.Unauthenticated}
    if not access.needs_no_profile(handler):
        found.add(errors.ProfileRequired)
    if not access.allows_guests(handler):
        found.add(errors.Forbidden)
    if access.needs_adult(handler):
        found.add(errors.AdultRequired)
    if access.needs_admin(handler):
        found.add(errors.SecondFactorRequired)
    return found
