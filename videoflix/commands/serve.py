"""The web process: serves the API and the films until SIGTERM."""

import argparse
import errno
import logging
from collections.abc import Mapping

from aiohttp import web

from videoflix import logs
from videoflix.configuration import gather
from videoflix.errors import VideoflixError
from videoflix.settings import Settings
from videoflix.web.access_log import AccessLog, without_bytes
from videoflix.web.app import create_app

# What is under way may end within this many seconds.
SHUTDOWN_SECONDS = 4.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (HOST)")
    parser.add_argument("--port", type=int, help="port to listen on (PORT)")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = Settings.from_env(gather(environ))
    logs.set_up(settings)
    logging.getLogger("aiohttp.server").addFilter(without_bytes)
    host, port = arguments.host or settings.host, arguments.port or settings.port
    try:
        web.run_app(
            create_app(settings),
            host=host,
            port=port,
            print=None,
            access_log_class=AccessLog,
            shutdown_timeout=SHUTDOWN_SECONDS,
        )
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
            raise
        raise VideoflixError(f"cannot listen on {host}:{port}: {error.strerror} (see HOST and PORT)") from None
    return 0
