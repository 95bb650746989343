import re
from pathlib import Path

import pytest

from videoflix.accounts.queries import audit, mails, sessions, users
from videoflix.db.loader import Queries, resource
from videoflix.db.pool import Database
from videoflix.library.queries import admin_videos as admin_videos
from videoflix.library.queries import captions, encodes, thumbnails, videos
from videoflix.library.queries import export as library
from videoflix.monitoring import queries as monitoring
from videoflix.queue import queries as jobs
from videoflix.storage import queries as inventory
from videoflix.uploads import queries as uploads

FILES = sorted(path.stem for path in resource("sql").glob("*.sql"))
USED = {
    "audit": audit,
    "captions": captions,
    "admin_videos": admin_videos,
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
    "monitoring": monitoring,
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
