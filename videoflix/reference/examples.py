"""The examples of operations: requests of tests and their answers (`tests/fixtures/recorded.py`)."""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, Struct

JSON = "application/json"
FILE = Path(__file__).with_name("examples.json")


class Example(Struct, omit_defaults=True):
    """A JSON body and the JSON answer to it. UNSET: there is none."""

    body: Any = UNSET
    answer: Any = UNSET


def read() -> dict[str, Example]:
    """The example of each operation, by its id."""
    return msgspec.json.decode(FILE.read_bytes(), type=dict[str, Example])
