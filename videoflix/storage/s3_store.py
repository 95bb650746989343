"""The client of an S3 store, and whether the store honours the conditions that are relied on."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, PreconditionError
from obstore.store import S3Store

from videoflix.settings import Settings

CONNECT_SECONDS, REQUEST_SECONDS = 5, 60
# A failing store is asked again with growing pauses, for about this long.
RETRY_SECONDS, MAX_RETRIES = 20, 8


def open_store(settings: Settings) -> S3Store:
    """Nothing is connected to. Without keys in the settings those of the environment are used: variables, a web
    identity, or the metadata service of the host."""
    keys: dict[str, Any] = {}
    if settings.s3_access_key_id:
        keys = {
            "access_key_id": settings.s3_access_key_id,
            "secret_access_key": settings.s3_secret_access_key,
        }
    if settings.s3_endpoint:
        keys["endpoint"] = settings.s3_endpoint
    return S3Store(
        settings.s3_bucket,
        prefix=settings.s3_prefix or None,
        region=settings.s3_region,
        client_options={
            "allow_http": settings.s3_endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "timeout": timedelta(seconds=REQUEST_SECONDS),
        },
        retry_config={
            "max_retries": MAX_RETRIES,
            "retry_timeout": timedelta(seconds=RETRY_SECONDS),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=4),
                "base": 2,
            },
        },
        **keys,
    )


def ignored_condition(store: S3Store, name: str) -> str:
    """The header that the store ignores, and what follows from that; empty if it honours all. `name` is an object
    that it has. Raises BaseError of obstore."""
    with suppress(AlreadyExistsError):
        obstore.put(store, name, b"another", mode="create")
        return "If-None-Match, so one host could replace what another has stored"
    with suppress(PreconditionError):
        obstore.get(store, name, options={"if_match": '"another"'})
        return "If-Match, so a viewer could get parts of two files"
    return ""
