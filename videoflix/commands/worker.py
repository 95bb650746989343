"""The worker of one queue: `mail` sends, `transcode` encodes. Any number of them may run, on any number of hosts."""

import argparse
import asyncio
from collections.abc import Mapping

from videoflix import logs
from videoflix.configuration import gather
from videoflix.jobs.queue import MAIL, TRANSCODE
from videoflix.jobs.worker import run as work
from videoflix.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("queue", choices=[MAIL, TRANSCODE])


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = Settings.from_env(gather(environ))
    logs.set_up(settings)
    asyncio.run(work(settings, arguments.queue))
    return 0
