"""Answers whether somebody may see a video, from memory: players ask for every segment."""

from collections import OrderedDict

from videoflix.accounts.models import Viewer
from videoflix.db.pool import Database
from videoflix.library.queries import videos
from videoflix.ttl_cache import TTLCache

# Changes are notified at once; this limit applies when a notification is lost, and to videos that appear at a time.
SECONDS = 5.0
# Videos that are played at the same time, and viewers of one of them who may see different things.
MAX_VIDEOS, MAX_VIEWERS = 2_000, 2_000


class Visibility:
    """What the function `visible_videos` of the database says, for the videos that are being played."""

    def __init__(self, database: Database, stale_seconds: float) -> None:
        self._database = database
        self._stale_seconds = stale_seconds
        self._videos: OrderedDict[int, TTLCache[Viewer, bool]] = OrderedDict()

    async def can_see(self, viewer: Viewer, video_id: int) -> bool:
        answers = self._videos.get(video_id)
        if answers is None:
            answers = self._videos[video_id] = self._answers(video_id)
            if len(self._videos) > MAX_VIDEOS:
                self._videos.popitem(last=False)
        return await answers.get(viewer)

    def forget(self, video_id: int | None) -> None:
        """Drop the answers about one video. None: ask for all of them again."""
        if video_id is None:
            for answers in self._videos.values():
                answers.expire_all()
        else:
            self._videos.pop(video_id, None)

    def _answers(self, video_id: int) -> TTLCache[Viewer, bool]:
        async def load(viewer: Viewer) -> bool:
            async with self._database.connection() as connection:
                return await videos.is_visible(connection, viewer, video_id)

        return TTLCache(load, seconds=SECONDS, most=MAX_VIEWERS, stale_seconds=self._stale_seconds)
