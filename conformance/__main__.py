"""`python -m conformance http://host:port`: runs the cases and prints each deviation in a line."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from conformance import accounts, films, frontends, passwords, sessions, streaming
from conformance.backend import Backend
from conformance.cases import Case, Outcome, Result, run
from conformance.client import NotRun
from conformance.mail_log import MailLog

CASES: tuple[Case, ...] = (
    *accounts.CASES,
    *sessions.CASES,
    *films.CASES,
    *streaming.CASES,
    *frontends.CASES,
    *passwords.CASES,
)
DESCRIPTION = "Compares a Videoflix backend with the frozen HTTP contract, and prints a line for each deviation."
EPILOG = """\
Cases about logins and films need an account, and its activation link: from the server's log (--log), with console as
its mail backend, or from the answers of a server with DEBUG=True. Cases about films use the films that are there.
Accounts are named conformance-<random>@example.org and stay, so run it against a server for tests.

exit status: 0 no deviation, 1 deviations, 2 the server cannot be reached or the command is wrong,
             3 no deviation, but a rate limit of the server kept cases from running
"""


def main() -> int:
    arguments = _arguments()
    try:
        log = MailLog(arguments.log) if arguments.log else None
        backend = Backend(arguments.address, arguments.origin, log)
        backend.client().get("/api/video/")
    except (OSError, HTTPException) as error:
        print(f"conformance: {arguments.address} cannot be tested: {error or repr(error)}", file=sys.stderr)
        return 2
    except NotRun as limit:
        print(f"conformance: {limit}", file=sys.stderr)
        return 3
    results = []
    for case in CASES:
        results.append(run(case, backend))
        _print_deviation(results[-1])
    _print_left_out(results)
    _print_summary(results)
    return _status(results)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/conformance",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("address", type=_address, help="address of the backend, as http://127.0.0.1:8000")
    parser.add_argument("--log", type=Path, metavar="FILE", help="log of the server with the links of mails")
    parser.add_argument(
        "--origin",
        default="http://127.0.0.1:5500",
        help="origin of a frontend that the backend allows (default: %(default)s)",
    )
    return parser.parse_args()


def _address(text: str) -> str:
    """Raises ArgumentTypeError."""
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError(f"{text!r} is not an address like http://127.0.0.1:8000")
    return f"{parts.scheme}://{parts.netloc}"


def _print_deviation(result: Result) -> None:
    if result.outcome is Outcome.DEVIATES:
        print(f"DEVIATION  {result.case.name}: {result.reason}  [{result.case.clause}]", flush=True)


def _print_left_out(results: Sequence[Result]) -> None:
    """The cases that were not run, by reason."""
    names: dict[str, list[str]] = defaultdict(list)
    for result in results:
        if result.outcome in (Outcome.NOT_RUN, Outcome.LIMITED):
            names[result.reason].append(result.case.name)
    for reason, cases in names.items():
        print(f"not run ({len(cases)}), {reason}:")
        for name in cases:
            print(f"    {name}")


def _print_summary(results: Sequence[Result]) -> None:
    counts = {outcome: sum(result.outcome is outcome for result in results) for outcome in Outcome}
    shown = [f"{count} {outcome.value}" for outcome, count in counts.items() if count or outcome is Outcome.DEVIATES]
    print(f"{len(results)} cases: {', '.join(shown)}")


def _status(results: Sequence[Result]) -> int:
    outcomes = {result.outcome for result in results}
    if Outcome.DEVIATES in outcomes:
        return 1
    return 3 if Outcome.LIMITED in outcomes else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
