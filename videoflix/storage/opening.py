"""Opens the storage that the settings name."""

from videoflix.settings import Settings
from videoflix.storage.local import LocalStorage
from videoflix.storage.storage import Storage


def open_storage(settings: Settings) -> Storage:
    """Nothing is connected to yet."""
    return LocalStorage(settings.data_dir / "media")
