"""Run the worker of one queue: `mail` sends mails, `transcode` encodes videos. Any number of workers may run, on any
number of hosts."""

import argparse
import asyncio
import logging
from collections.abc import Mapping

from videoflix.cli.configuration import gather
from videoflix.encoding import programs
from videoflix.queue.queues import MAIL, TRANSCODE
from videoflix.server import logs
from videoflix.settings import Settings
from videoflix.worker import run as run_worker

log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("queue", choices=[MAIL, TRANSCODE], help="which jobs to run")
    parser.add_argument(
        "--exit-when-idle",
        type=_seconds,
        metavar="SECONDS",
        help="end with status 0 when there was nothing to do for so long",
    )


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = Settings.from_env(gather(environ))
    logs.set_up(settings)
    if arguments.queue == TRANSCODE:
        _check_programs(settings, is_configured=bool(environ.get("FFMPEG")))
    asyncio.run(run_worker(settings, arguments.queue, arguments.exit_when_idle))
    return 0


def _seconds(text: str) -> int:
    seconds = int(text) if text.isascii() and text.isdigit() else 0
    if seconds < 1:
        raise argparse.ArgumentTypeError("must be a whole number of seconds, 1 or more")
    return seconds


def _check_programs(settings: Settings, *, is_configured: bool) -> None:
    """Warn if the system's ffmpeg is not used, unless FFMPEG is set: then bin/start has warned, or somebody chose it.

    Raises FfmpegUnavailable if ffmpeg cannot encode films.
    """
    warning = None if is_configured else programs.passed_over(settings)
    if warning:
        log.warning(warning)
    programs.check(settings)
