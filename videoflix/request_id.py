"""The id of the request that is being answered, for everything that is logged on the way."""

from contextvars import ContextVar

# Empty outside of requests.
CURRENT: ContextVar[str] = ContextVar("request_id", default="")
