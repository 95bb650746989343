"""The variables of a backup, as files that can serve as `.env`."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values


def as_dotenv(variables: Mapping[str, str]) -> str:
    """Values may contain quotes, spaces and line ends."""
    lines = [
        f"{name}='" + value.replace("\\", "\\\\").replace("'", "\\'") + "'\n" for name, value in variables.items()
    ]
    return "".join(sorted(lines))


def read_dotenv(file: Path) -> dict[str, str]:
    """Raises OSError."""
    values = dotenv_values(stream=StringIO(file.read_text("utf-8")), interpolate=False)
    return {name: value for name, value in values.items() if value}
