"""Print every setting with its default and meaning, as Markdown: docs/configuration.md is made by this command."""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import fields

from videoflix.settings import Settings

INTRODUCTION = """# Configuration

<!-- Made by `bin/settings > docs/configuration.md`; the texts are in videoflix/settings.py. -->

Settings are environment variables, or lines of a file `.env` in the checkout. The environment takes precedence, and
an empty value counts as unset. [`.env.template`](../.env.template) explains them at more length. A value that cannot
be used is reported in one line that names the variable, with exit status 2.
"""
# The heading before a variable.
HEADINGS = {
    "DEBUG": "Mode and keys",
    "HOST": "Address and data",
    "ALLOWED_HOSTS": "Hosts, origins and cookies",
    "ARGON2_TIME_COST": "Passwords and limits",
    "DB_NAME": "PostgreSQL",
    "REDIS_HOST": "Redis",
    "EMAIL_BACKEND": "Mail",
    "FRONTEND_BASE_URL": "Links in mails",
    "ADMIN_EMAIL": "The first administrator",
    "FFMPEG": "Encoding and uploads",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    print("\n".join(reference()))
    return 0


def reference() -> Iterator[str]:
    """The lines of docs/configuration.md."""
    yield INTRODUCTION.rstrip()
    for one in fields(Settings):
        about = one.metadata
        if about["name"] in HEADINGS:
            yield f"\n## {HEADINGS[about['name']]}\n"
            yield "| Variable | Default | Meaning |"
            yield "|---|---|---|"
        default = about["computed"] or (f"`{about['default']}`" if about["default"] else "")
        yield f"| `{about['name']}` | {default} | {about['help']} |"
