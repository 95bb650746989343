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


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = Settings.from_env(gather(environ))
    logs.set_up(settings)
    if arguments.queue == TRANSCODE:
        _check_programs(settings, is_configured=bool(environ.get("FFMPEG")))
    asyncio.run(run_worker(settings, arguments.queue))
    return 0


def _check_programs(settings: Settings, *, is_configured: bool) -> None:
    """Warn if the system's ffmpeg is not used, unless FFMPEG is set: then bin/start has warned, or somebody chose it.

    Raises FfmpegUnavailable if ffmpeg cannot encode films.
    """
    warning = None if is_configured else programs.passed_over(settings)
    if warning:
        log.warning(warning)
    programs.check(settings)
