"""A published film without an encode: rows and files as the pipeline leaves them."""

from collections.abc import Awaitable, Callable

import pytest

from videoflix.db import users, videos
from videoflix.db.pool import Database
from videoflix.storage import Storage

MakeUser = Callable[..., Awaitable[int]]
Publish = Callable[..., Awaitable[int]]


@pytest.fixture
def make_user(database: Database, password_hash: str) -> MakeUser:
    """A plain user, active unless it is said otherwise; its id."""

    async def make_user(email: str = "bob@example.org", *, active: bool = True) -> int:
        async with database.connection() as connection:
            user = await users.insert(connection, email, password_hash)
            if active:
                await users.activate(connection, user.id)
            return user.id

    return make_user


@pytest.fixture
def publish(database: Database, storage: Storage) -> Publish:
    """Puts a film of three segments per rung in place; its id."""

    async def publish(
        title: str = "Film",
        *,
        labels: tuple[int, ...] = (480, 720, 1080),
        video_id: int | None = None,
        version: int = 1,
    ) -> int:
        async with database.transaction() as connection:
            if video_id is None:
                video_id = await videos.insert(connection, title, "What happens", "Drama")
            encode_id = await connection.fetchval(
                "INSERT INTO encodes (video_id, version, state, duration, frame_rate_num, frame_rate_den, "
                "thumbnail, published_at) VALUES ($1, $2, 'ready', 14, 25, 1, 1, now()) RETURNING id",
                video_id,
                version,
            )
            for label in labels:
                await connection.execute(
                    "INSERT INTO renditions VALUES ($1, $2, $3, $4, 'avc1.64001f,mp4a.40.2', 900000, 800000)",
                    *(encode_id, label, label * 16 // 9 // 2 * 2, label),
                )
                folder = storage.rung(video_id, version, label)
                folder.mkdir(parents=True)
                for number in range(3):
                    content = content_of(version, label, number)
                    (folder / f"{number:03d}.ts").write_bytes(content)
                    await connection.execute(
                        "INSERT INTO segments VALUES ($1, $2, $3, $4, $5)",
                        *(encode_id, label, number, 6.0 if number < 2 else 2.0, len(content)),
                    )
            storage.thumbnail(video_id, version).write_bytes(b"\xff\xd8\xff picture")
        return video_id

    return publish


def content_of(version: int, label: int, number: int) -> bytes:
    return f"v{version} {label}p {number} ".encode() * 100
