"""A case of the contract, and its outcome."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from http.client import HTTPException

from conformance.backend import Backend
from conformance.checks import Deviation
from conformance.client import NotRun, RateLimited


@dataclass(frozen=True)
class Case:
    """`clause` is what the contract says. `check` raises Deviation, or NotRun if something is missing for it."""

    name: str
    clause: str
    check: Callable[[Backend], None]


class Outcome(Enum):
    AGREES = "agree"
    DEVIATES = "deviate"
    NOT_RUN = "not run"
    LIMITED = "not run because of a rate limit"


@dataclass(frozen=True)
class Result:
    """`reason` is one line; empty if the backend agrees with the contract."""

    case: Case
    outcome: Outcome
    reason: str = ""


def run(case: Case, backend: Backend) -> Result:
    try:
        case.check(backend)
    except RateLimited as limit:
        return Result(case, Outcome.LIMITED, str(limit))
    except NotRun as reason:
        return Result(case, Outcome.NOT_RUN, str(reason))
    except Deviation as deviation:
        return Result(case, Outcome.DEVIATES, " ".join(str(deviation).split()))
    except (OSError, HTTPException, ValueError) as error:  # ValueError: an address or a text that cannot be used
        told = " ".join(f"{type(error).__name__}: {error}".split())
        return Result(case, Outcome.DEVIATES, f"no answer that can be understood ({told})")
    return Result(case, Outcome.AGREES)
