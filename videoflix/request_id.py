"""The id of the request that is being handled, for the log."""

from contextvars import ContextVar

# Empty outside a request.
CURRENT: ContextVar[str] = ContextVar("request_id", default="")
