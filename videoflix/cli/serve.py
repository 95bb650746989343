"""Run the web server: WEB_PROCESSES processes, until SIGTERM. SIGHUP reads the settings again and replaces the
processes."""

import argparse
from collections.abc import Mapping

from videoflix.cli.configuration import gather, sources
from videoflix.server import logs
from videoflix.server.prefork import Prefork, listen
from videoflix.settings import Settings
from videoflix.storage.opening import check_apart, open_storage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (default: HOST)")
    parser.add_argument("--port", type=int, help="port to listen on (default: PORT)")


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if arguments.host:
        environ = {**environ, "HOST": arguments.host}
    settings = _read(environ)
    logs.set_up(settings)
    open_storage(settings).prepare()  # here, so that an error is reported once and not by every process
    if "s3" in settings.storage:  # a disk may come back, but films do not get into a wrong bucket
        check_apart(settings)
    sockets = listen(settings.host, arguments.port or settings.port)
    try:
        Prefork(settings, lambda: _read(environ), sockets).run()
    except SystemExit as end:
        return 1 if end.code else 0
    return 0


def _read(environ: Mapping[str, str]) -> Settings:
    gathered = gather(environ)
    return Settings.from_env(gathered, sources(environ, gathered))
