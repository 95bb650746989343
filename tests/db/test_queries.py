import re
from pathlib import Path

import pytest

from videoflix.db import (
    audit,
    captions,
    catalog,
    encodes,
    inventory,
    jobs,
    library,
    mails,
    sessions,
    thumbnails,
    uploads,
    users,
    videos,
    watch,
)
from videoflix.db.pool import Database
from videoflix.db.queries import Queries, resource

FILES = sorted(path.stem for path in resource("sql").glob("*.sql"))
USED = {
    "audit": audit,
    "captions": captions,
    "catalog": catalog,
    "encodes": encodes,
    "inventory": inventory,
    "jobs": jobs,
    "library": library,
    "mails": mails,
    "sessions": sessions,
    "thumbnails": thumbnails,
    "uploads": uploads,
    "users": users,
    "videos": videos,
    "watch": watch,
}


@pytest.mark.parametrize("file", FILES)
async def test_postgresql_prepares_every_query(file: str, database: Database) -> None:
    queries = Queries(file)
    assert queries.texts
    async with database.connection() as connection:
        for name, text in queries.texts.items():
            assert text.startswith("-- "), f"{name} in {file}.sql is not explained"
            await connection.prepare(text)


@pytest.mark.parametrize("file", FILES)
def test_every_query_is_used_and_every_used_query_is_there(file: str) -> None:
    source = Path(str(USED[file].__file__)).read_text()
    assert set(re.findall(r"\bSQL\.(\w+)", source)) == set(Queries(file).texts)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no query is named nothing"):
        _ = Queries("users").nothing
