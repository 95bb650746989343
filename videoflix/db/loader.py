"""Loads the named queries of `sql/`: a `-- name:` line, a comment that explains the query, then SQL with $1, $2."""

import re
from pathlib import Path


def resource(folder: str) -> Path:
    """The path of a folder of SQL: beside the package in a checkout, inside it once installed."""
    package = Path(__file__).parent.parent
    inside = package / folder
    return inside if inside.is_dir() else package.parent / folder


class Queries:
    """The queries of one file, as attributes."""

    def __init__(self, file: str) -> None:
        text = (resource("sql") / f"{file}.sql").read_text()
        parts = re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)
        self.texts: dict[str, str] = {}
        for name, body in zip(parts[1::2], parts[2::2], strict=True):
            if name in self.texts:
                raise ValueError(f"{file}.sql has two queries named {name}")
            self.texts[name] = body.strip()

    def __getattr__(self, name: str) -> str:
        try:
            return self.texts[name]
        except KeyError:
            raise AttributeError(f"no query is named {name}") from None
