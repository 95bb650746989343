"""Errors of an S3 store, in terms of ours. Their own texts go to the log only: they name hosts and paths."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError

from videoflix.errors import StoreUnavailable

log = logging.getLogger(__name__)

CODE = re.compile(r"<Code>([A-Za-z]{1,60})</Code>")
NO_BUCKET = "NoSuchBucket"
# What the store says when it ignores a range, and sends everything (object_store's own words).
WITHOUT_RANGES = re.compile(r"Received non-partial response")


@contextmanager
def translate_store_errors() -> Iterator[None]:
    """Turn an error of the store into StoreUnavailable, with the reason. FileNotFoundError of a missing object and
    FileExistsError of one that may not be replaced propagate."""
    try:
        yield
    except AlreadyExistsError as error:
        raise FileExistsError(_code(error)) from None
    except FileNotFoundError as error:
        if _code(error) == NO_BUCKET:
            raise StoreUnavailable("The storage cannot be used: there is no such bucket (S3_BUCKET).") from None
        raise
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise _unavailable(error, "it refuses the credentials (S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY)") from error
    except BaseError as error:
        raise _unavailable(error, _reason(error)) from error


def _unavailable(error: Exception, reason: str) -> StoreUnavailable:
    log.warning("the store failed: %s", str(error).partition("\n")[0][:400])
    return StoreUnavailable(f"The storage cannot be used: {reason}.")


def _reason(error: BaseError) -> str:
    text = str(error)
    if WITHOUT_RANGES.search(text):
        return "it answers requests for a range with the whole object"
    code = _code(error)
    if code == NO_BUCKET:
        return "there is no such bucket (S3_BUCKET)"
    if code in ("InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "RequestTimeTooSkewed"):
        return f"it refuses the credentials ({code})"
    return f"it answers {code}" if code else "it does not answer (S3_ENDPOINT)"


def _code(error: Exception) -> str:
    found = CODE.search(str(error))
    return found.group(1) if found else ""
