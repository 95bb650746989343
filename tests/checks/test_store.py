"""Where films are stored, and what is wrong with the store."""

from tests.fixtures.store import Fault, Store
from videoflix.checks import store as check
from videoflix.checks.finding import Finding, Mark
from videoflix.settings import Settings


async def _finding(environ: dict[str, str], **changes: str) -> Finding:
    (finding,) = [one async for one in check.store(Settings.from_env({**environ, **changes}))]
    return finding


async def test_it_says_where_films_are_stored(environ: dict[str, str], in_store: str) -> None:
    where = f"{in_store}/our/films"
    assert await _finding(environ, STORAGE="local") == Finding(
        Mark.GOOD, "films are stored in the data folder (STORAGE)"
    )
    assert await _finding(environ) == Finding(Mark.GOOD, f"films are stored in {where}")
    for storage, first in (("s3,local", where), ("local,s3", "the data folder")):
        finding = await _finding(environ, STORAGE=storage)
        assert finding.mark is Mark.WARNING
        assert f"read from the data folder and from {where}, and new ones stored in {first}, until" in finding.message


async def test_credentials_that_were_rotated_are_named(environ: dict[str, str], in_store: str, store: Store) -> None:
    store.faults = [Fault(status=403, code="InvalidAccessKeyId")]
    for storage in ("s3", "s3,local"):
        finding = await _finding(environ, STORAGE=storage)
        assert finding.mark is Mark.BAD
        assert "it refuses the credentials (S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY)" in finding.message
