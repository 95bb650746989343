from pathlib import Path

import pytest

from tests.films import Films
from tests.programs import program
from videoflix.encoding.trial import try_programs

# What every film needs.
NEEDED = ["libx264", "segment_format_options", "aresample", "bwdif", "tile", "adts", "noaccurate_seek"]


async def test_what_makes_films_is_fit_for_it(films: Films) -> None:
    assert await try_programs(films.ffmpeg, films.ffprobe) is None


@pytest.mark.parametrize("word", NEEDED)
async def test_an_ffmpeg_that_lacks_what_every_film_needs_is_not(films: Films, tmp_path: Path, word: str) -> None:
    """Older ones, and those of some distributions."""
    refusal = f'case "$*" in *{word}*) echo "Option {word} not found" >&2; exit 1;; esac'
    refusing = program(tmp_path, f'{refusal}\nexec "{films.ffmpeg}" "$@"')
    assert await try_programs(refusing, films.ffprobe) == f"Option {word} not found"


@pytest.mark.parametrize("script", ["exit 0", "exit 1", "kill -9 $$", "echo '{}'"])
async def test_what_is_no_ffmpeg_is_not(films: Films, tmp_path: Path, script: str) -> None:
    other = program(tmp_path, script)
    assert await try_programs(other, films.ffprobe)
    assert await try_programs(films.ffmpeg, other)
    assert await try_programs("/nowhere", films.ffprobe)
