"""Loaded by Schemathesis: how it sends bodies that are neither JSON nor forms, what it does not send, and a check."""

import json
import os
import re
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import schemathesis

# The ids of the own account, session and profile, by the paths that they follow; empty without a login.
OWN: dict[str, str] = json.loads(os.environ["SCHEMATHESIS_OWN"])

# Below the 8190 bytes of aiohttp, with room for the path and the names of parameters.
MAX_QUERY = 7000
EMPTY: tuple[Any, ...] = ("", None, [], {})
CONTROL = re.compile(r"[\x00-\x1f\x7f]")

schemathesis.serializer.alias(
    ["application/offset+octet-stream", "application/x-subrip", "image/jpeg", "image/png", "image/webp"],
    "application/octet-stream",
)


@schemathesis.hook
def filter_query(context: schemathesis.HookContext, query: dict[str, Any] | None) -> bool:
    """Without objects, of which only the fields are sent, and lists that are empty or begin with an empty value, the
    one that counts: they are as good as none. Without more than fits into the first line of a request, too."""
    values = (query or {}).values()
    is_none = any(
        isinstance(value, dict) or (isinstance(value, list) and (not value or value[0] in EMPTY)) for value in values
    )
    return not is_none and sum(len(quote(str(value), errors="replace")) for value in values) < MAX_QUERY


@schemathesis.hook
def filter_body(context: schemathesis.HookContext, body: Any) -> bool:
    """Without fields that the schema does not name whose own names have control characters: the header of a part of a
    form cannot contain them."""
    return not (isinstance(body, dict) and any(CONTROL.search(name) for name in body))


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """Ids are taken from earlier answers. The own ones are replaced by unknown ones, where a request would end the
    session: all that follow would be answered 401."""
    for path, own in OWN.items():
        parts = case.path_parameters
        if case.method != "GET" and case.path.startswith(f"{path}{{id}}/") and str(parts.get("id")) == own:
            parts["id"] = 10**15 if own.isdecimal() else str(uuid4())


@schemathesis.check
def login_is_accepted(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """The Bearer is valid until the end, so that not all that follows a mistake is 401."""
    needs_login = {"bearer": []} in case.operation.definition.raw["security"]
    assert not (OWN and needs_login and response.status_code == 401), "the valid login was not accepted"
