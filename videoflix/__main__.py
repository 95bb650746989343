"""The commands: `python -m videoflix COMMAND`; `--help` tells what there is."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

import asyncpg

from videoflix.errors import DiskFull, VideoflixError
from videoflix.settings import SettingsError

COMMANDS = {
    "start": "start everything on this machine, and stop it again with Ctrl-C",
    "serve": "the web, in several processes",
    "worker": "the worker of one queue",
    "migrate": "bring the database's schema up to date, and create the configured admin",
    "create-admin": "create an administrator",
    "add-video": "bring a film in and follow it until it can be watched",
    "import-folder": "bring in all films of a folder that are not there yet",
    "transcode": "queue what has no film yet, or make films anew",
    "settings": "print every setting with its default and meaning",
    "doctor": "check the configuration and everything that the server needs",
}


def main(arguments: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] not in COMMANDS:
        return _overview(words)
    command = importlib.import_module(f"videoflix.cli.{words[0].replace('-', '_')}")
    parser = argparse.ArgumentParser(
        prog=os.environ.get("VIDEOFLIX_PROG", f"videoflix {words[0]}"), description=command.__doc__
    )
    command.add_arguments(parser)
    try:
        return int(command.run(parser.parse_args(words[1:]), os.environ))
    except SettingsError as wrong:
        return _say(str(wrong), 2)
    except VideoflixError as error:
        return _say(error.detail, 1)
    except asyncpg.PostgresError as refusal:
        return _say(f"PostgreSQL refuses: {refusal} (see DB_USER, DB_PASSWORD, DB_NAME; bin/migrate)", 1)
    except OSError as error:
        return _say(DiskFull.__doc__ if error.errno == 28 else str(error), 1)
    except KeyboardInterrupt:
        return 130


def _overview(words: Sequence[str]) -> int:
    lines = "\n".join(f"  {name:<14} {what}" for name, what in COMMANDS.items())
    asked = bool(words) and words[0] in ("-h", "--help")
    print(f"usage: videoflix COMMAND [--help]\n\n{lines}", file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


def _say(message: str | None, status: int) -> int:
    print(f"videoflix: {message}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
