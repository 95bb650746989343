"""Runs a command: `python -m videoflix COMMAND`. `--help` lists them."""

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Sequence

import asyncpg

from videoflix.errors import DiskFull, VideoflixError
from videoflix.settings import SettingsError

COMMANDS = {
    "start": "start everything on this machine; Ctrl-C stops it",
    "serve": "run the web server",
    "worker": "run the worker of one queue",
    "migrate": "apply migrations, and create the configured administrator",
    "create-admin": "create an administrator",
    "remove-second-factor": "let an account in that has lost its second factor",
    "add-video": "add a film, and show the progress until it is ready",
    "import-folder": "add all films of a folder that are not in the library yet",
    "import-django": "take over accounts and films from a Django backend",
    "transcode": "encode what is not encoded yet, or encode it again",
    "backup": "back up the database, the settings and, if asked to, the films",
    "restore": "restore a backup into an empty library, or verify it",
    "storage": "move films between the disk and an object store, while they are watched",
    "settings": "print every setting with its default and meaning",
    "doctor": "check the configuration and everything that the server needs",
}


def main(arguments: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if not arguments or arguments[0] not in COMMANDS:
        return _print_usage(arguments)
    name, *rest = arguments
    command = importlib.import_module(f"videoflix.cli.{name.replace('-', '_')}")
    parser = argparse.ArgumentParser(
        prog=os.environ.get("VIDEOFLIX_PROG", f"videoflix {name}"), description=command.__doc__
    )
    command.add_arguments(parser)
    try:
        return int(command.run(parser.parse_args(rest), os.environ))
    except SettingsError as error:
        return _fail(str(error), 2)
    except VideoflixError as error:
        return _fail(error.detail, 1)
    except asyncpg.PostgresError as error:
        advice = "see DB_USER, DB_PASSWORD and DB_NAME, and run bin/migrate"
        return _fail(f"PostgreSQL reports an error: {error} ({advice})", 1)
    except OSError as error:
        return _fail(DiskFull.__doc__ if error.errno == errno.ENOSPC else str(error), 1)
    except KeyboardInterrupt:
        return 130


def _print_usage(arguments: Sequence[str]) -> int:
    lines = "\n".join(f"  {name:<14} {what}" for name, what in COMMANDS.items())
    is_asked_for = bool(arguments) and arguments[0] in ("-h", "--help")
    print(f"usage: videoflix COMMAND [--help]\n\n{lines}", file=sys.stdout if is_asked_for else sys.stderr)
    return 0 if is_asked_for else 2


def _fail(message: str | None, status: int) -> int:
    print(f"videoflix: {message}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
