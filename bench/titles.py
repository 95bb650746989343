"""Adds many films of which only the rows exist, with titles of one to five words."""

import random
import re
from pathlib import Path

import videoflix
from bench.server import Server

CATEGORIES = ("Drama", "Comedy", "Documentary", "Thriller", "Animation", "Family", "Science fiction", "Music")
COMMON = ("the", "of", "and", "a", "in")
DESCRIPTION_WORDS = 25
# Thumbnails and playlists of these films do not exist.
ENCODES = """
INSERT INTO encodes (video_id, version, state, duration, published_at) SELECT id, 1, 'ready', 5400, now() FROM videos
"""


async def add_titles(server: Server, count: int) -> list[str]:
    """Add playable films and return their titles. They are the same in every run."""
    chance, words = random.Random(count), _words()
    weights = [1 / (rank + 2) for rank in range(len(words))]
    films = [
        (
            " ".join(chance.choices(words, weights, k=chance.randint(1, 5))).title(),
            " ".join(chance.choices(words, weights, k=DESCRIPTION_WORDS)),
            chance.choice(CATEGORIES),
        )
        for _ in range(count)
    ]
    async with server.database() as database, database.transaction() as connection:
        await connection.executemany("INSERT INTO videos (title, description, category) VALUES ($1, $2, $3)", films)
        await connection.execute(ENCODES)
    return [title for title, _, _ in films]


def _words() -> list[str]:
    """Some thousand words, some of them frequent: those of common passwords."""
    text = (Path(videoflix.__file__).parent / "common_passwords.txt").read_text()
    words = sorted({word for word in text.split() if re.fullmatch("[a-z]{3,12}", word)})
    random.Random(1).shuffle(words)
    return [*COMMON, *words]
