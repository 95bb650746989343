"""Audio that cannot be encoded to its end does not fail the film."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.films import Films
from tests.fixtures.encoding import Bring, Wait
from tests.fixtures.media import Media
from tests.fixtures.services import Services
from tests.numbered_films import make, read, steps
from videoflix.db.pool import Database
from videoflix.library.models import EncodeState

# It ends in the middle of a packet after some seconds.
SCRIPT = """#!/bin/sh
case "$*" in
*"-filter_complex "*"-f adts pipe:1") "{ffmpeg}" "$@" | head -c 8000; echo "the audio breaks off" >&2; exit 1;;
*anullsrc*) ;;
*"atrim=start_sample"*" -f segment "*) echo "the audio breaks off" >&2; exit 1;;
esac
exec "{ffmpeg}" "$@"
"""


@pytest.fixture
def environ(environ: dict[str, str], services: Services, tmp_path: Path) -> dict[str, str]:
    """Has an ffmpeg that fails at the audio of films."""
    program = tmp_path / "ffmpeg"
    program.write_text(SCRIPT.format(ffmpeg=services.environ["FFMPEG"]))
    program.chmod(0o755)
    return {**environ, "FFMPEG": str(program)}


@pytest.mark.parametrize(
    ("name", "heard", "note"),
    [
        ("film.mp4", 5, "The audio cannot be read from second 5 on; silence replaces it."),
        ("film.ts", 0, "The film could not be encoded with its audio; silence replaces it."),
    ],
)
async def test_silence_replaces_audio_that_fails_every_time(
    films: Films,
    storage: Media,
    database: Database,
    worker: None,
    bring: Bring,
    wait: Wait,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    heard: int,
    note: str,
) -> None:
    monkeypatch.setattr("videoflix.encoding.jobs.RETRY_AFTER", (timedelta(0), timedelta(0)))
    video_id = await bring(make(films, tmp_path / name))
    progress = await wait(video_id)
    assert progress.state is EncodeState.READY, progress.error
    film = read(films, storage.rendition(video_id, 1, 480), tmp_path)
    assert film.decoder_errors == ""
    assert film.numbers == list(range(200))
    assert steps(film.audio_times) == (1920, 1920)
    assert len(film.audio_times) == pytest.approx(8 * 48_000 / 1024, abs=6)  # ffmpeg 5 ends it a little later
    assert film.pulses == [48_000 * second for second in range(1, heard + 1)]
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT notes[array_upper(notes, 1)] FROM encodes") == note
