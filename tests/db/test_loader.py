import re
from collections import defaultdict
from pathlib import Path

import pytest

from videoflix.db.loader import Queries, resource
from videoflix.db.pool import Database

FILES = sorted(path.stem for path in resource("sql").glob("*.sql"))
PACKAGE = Path(__file__).parents[2] / "videoflix"


@pytest.mark.parametrize("file", FILES)
async def test_postgresql_prepares_every_query(file: str, database: Database) -> None:
    queries = Queries(file)
    assert queries.texts
    async with database.connection() as connection:
        for name, text in queries.texts.items():
            assert text.startswith("-- "), f"{name} in {file}.sql is not explained"
            await connection.prepare(text)


def test_every_query_is_used_and_every_used_query_exists() -> None:
    used: defaultdict[str, set[str]] = defaultdict(set)
    for module in PACKAGE.rglob("*.py"):
        source = module.read_text()
        for file in re.findall(r'^SQL = Queries\("(\w+)"\)', source, re.MULTILINE):
            used[file] |= set(re.findall(r"\bSQL\.(\w+)", source))
    assert used == {file: set(Queries(file).texts) for file in FILES}


def test_an_unknown_name_raises_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no query is named nothing"):
        _ = Queries("users").nothing
