"""What a check of bin/doctor finds."""

from msgspec import Struct

from videoflix.cli.ui import Mark


class Finding(Struct, frozen=True):
    mark: Mark
    message: str
