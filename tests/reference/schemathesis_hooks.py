"""Loaded by Schemathesis: how it sends bodies that are neither JSON nor forms."""

import schemathesis

schemathesis.serializer.alias(
    ["application/offset+octet-stream", "application/x-subrip", "image/jpeg", "image/png", "image/webp"],
    "application/octet-stream",
)
