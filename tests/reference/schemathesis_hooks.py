"""Loaded by Schemathesis: how it sends bodies that are neither JSON nor forms, and what it does not send."""

from typing import Any

import schemathesis

schemathesis.serializer.alias(
    ["application/offset+octet-stream", "application/x-subrip", "image/jpeg", "image/png", "image/webp"],
    "application/octet-stream",
)


@schemathesis.hook
def filter_query(context: schemathesis.HookContext, query: dict[str, Any] | None) -> bool:
    """Without empty objects and lists: they are sent as an empty value, which is as good as none."""
    return not any(isinstance(value, (dict, list)) and not value for value in (query or {}).values())
