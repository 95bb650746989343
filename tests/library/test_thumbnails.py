"""Images that are kept for thumbnails, whoever brings them."""

import threading

import pytest

from tests.fixtures.media import Media
from tests.fixtures.published import Publish
from tests.fixtures.threads import threads_of
from videoflix.db.pool import Database
from videoflix.errors import DiskFull, NotAnImage, NotFound
from videoflix.library.containers import MAX_IMAGE_BYTES
from videoflix.library.models import ThumbnailSource
from videoflix.library.queries import thumbnails
from videoflix.library.thumbnails import keep_image

PNG = b"\x89PNG\r\n\x1a\n"


async def test_the_largest_image_is_kept_and_chosen(database: Database, storage: Media, publish: Publish) -> None:
    video_id, image = await publish(), PNG.ljust(MAX_IMAGE_BYTES, b"\0")
    await keep_image(database, storage, None, video_id, image, floor=0)
    assert storage.thumbnail_source(video_id).read_bytes() == image
    async with database.connection() as connection:
        chosen = await thumbnails.chosen(connection, video_id)
    assert chosen and (chosen.revision, chosen.source) == (2, ThumbnailSource.UPLOAD)


async def test_an_image_is_stored_beside_the_event_loop(
    database: Database, storage: Media, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    video_id = await publish()
    checking, staging = (threads_of(monkeypatch, Media, name) for name in ("check_free_space", "stage"))
    await keep_image(database, storage, None, video_id, PNG, floor=0)
    assert checking
    assert staging
    assert threading.main_thread() not in (*checking, *staging)


@pytest.mark.parametrize("image", [b"", b"no image", b"GIF89a", PNG.ljust(MAX_IMAGE_BYTES + 1, b"\0")])
async def test_other_files_and_larger_images_are_refused(
    database: Database, storage: Media, publish: Publish, image: bytes
) -> None:
    video_id = await publish()
    with pytest.raises(NotAnImage):
        await keep_image(database, storage, None, video_id, image, floor=0)
    assert not storage.thumbnail_source(video_id).exists()


async def test_an_image_of_no_video_or_for_a_full_disk_leaves_nothing(
    database: Database, storage: Media, publish: Publish
) -> None:
    with pytest.raises(NotFound):
        await keep_image(database, storage, None, 99, PNG, floor=0)
    video_id = await publish()
    with pytest.raises(DiskFull):
        await keep_image(database, storage, None, video_id, PNG, floor=2**62)
    assert not storage.thumbnail_source(video_id).exists()
    assert list((storage.root / "staging").iterdir()) == []
