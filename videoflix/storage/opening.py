"""Opens the storage that the settings name."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from videoflix.errors import StorageUnavailable
from videoflix.settings import Settings
from videoflix.storage.local import LocalStorage
from videoflix.storage.storage import Storage


def check_apart(settings: Settings) -> None:
    """Try what the storage has to be able to do, in a process of its own: the client of a store starts threads, which
    do not survive a fork. Raises StorageUnavailable with what is wrong."""
    with ProcessPoolExecutor(1, get_context("fork")) as other:
        reason = other.submit(_problem, settings).result()
    if reason:
        raise StorageUnavailable(reason)


def _problem(settings: Settings) -> str | None:
    storage = open_storage(settings)
    storage.prepare()
    try:
        storage.check_usable()
    except StorageUnavailable as unusable:
        return unusable.detail
    return None


def open_storage(settings: Settings) -> Storage:
    """Nothing is connected to yet."""
    root = settings.data_dir / "media"
    if settings.storage == ("local",):
        return LocalStorage(root)
    from videoflix.storage.both import BothStorage
    from videoflix.storage.s3 import S3Storage  # its client takes 20 MB of memory
    from videoflix.storage.s3_store import open_store

    store = S3Storage(root, open_store(settings), settings.s3_cache_size)
    if settings.storage == ("s3",):
        return store
    return BothStorage(root, LocalStorage(root), store, is_store_first=settings.storage[0] == "s3")
