"""The worker of one queue: `mail` sends, `transcode` encodes. Any number of them may run, on any number of hosts."""

import argparse
import asyncio
import logging
from collections.abc import Mapping

from videoflix.cli.configuration import gather
from videoflix.encoding import programs
from videoflix.queue.queues import MAIL, TRANSCODE
from videoflix.server import logs
from videoflix.settings import Settings
from videoflix.worker import run as work

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("queue", choices=[MAIL, TRANSCODE])


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = Settings.from_env(gather(environ))
    logs.set_up(settings)
    if arguments.queue == TRANSCODE:
        _check_programs(settings, is_told=bool(environ.get("FFMPEG")))
    asyncio.run(work(settings, arguments.queue))
    return 0


def _check_programs(settings: Settings, *, is_told: bool) -> None:
    """Raises FfmpegUnavailable if no film could be made. Who has told us what to use has said the rest."""
    why = None if is_told else programs.passed_over(settings)
    if why:
        log.warning(why)
    programs.check(settings)
