"""A backup of films that are in a bucket."""

from pathlib import Path

import pytest

from tests.fixtures.media import Media
from tests.fixtures.published import Publish, content_of
from videoflix.backup.create import Large, back_up
from videoflix.settings import Settings
from videoflix.storage import names
from videoflix.storage.storage import Storage


@pytest.mark.usefixtures("in_store")
async def test_films_of_a_bucket_are_in_it_and_leave_no_copies(
    publish: Publish, storage: Media, s3: Storage, environ: dict[str, str], tmp_path: Path
) -> None:
    video_id = await publish(labels=(480,))
    version = names.version(video_id, 1)
    for file in storage.path(version).rglob("*.*"):
        s3.publish(file, str(file.relative_to(storage.path(""))))
    settings = Settings.from_env(environ)
    manifest = await back_up(settings, {}, tmp_path / "backup", Large(False, True), lambda what, share: None)
    stored = {file.path: tmp_path / "backup" / manifest.stored(file) for file in manifest.media}
    assert {f"media/{name}" for name in s3.sizes(version)} == stored.keys()
    segment = stored[f"media/{names.segment(video_id, 1, 480, 2)}"]
    assert segment.read_bytes() == content_of(1, 480, 2)
    (cache,) = settings.data_dir.rglob("cache")
    assert list(cache.iterdir()) == []
