"""Parses ids of the database, wherever clients write them."""

import re
from typing import Annotated

from msgspec import Meta

# An id in JSON: what PostgreSQL's bigint holds.
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
# At most 18 digits, which always fit PostgreSQL's bigint.
ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


def parse_id(text: str) -> int | None:
    """An id, or None if the text is not one."""
    return int(text) if ID.fullmatch(text) else None
