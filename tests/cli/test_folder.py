import os
from pathlib import Path

import pytest

from videoflix.cli.folder import Found, category_of, films


def _make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _found(root: Path) -> list[Found]:
    troubles: list[OSError] = []
    found = list(films(root, troubles.append))
    assert troubles == []
    return found


def test_films_are_found_at_any_depth_in_order_and_nothing_else(tmp_path: Path) -> None:
    _make(
        tmp_path, "b/c/Heat.MKV", "b/Alien.mp4", "a.webm", "notes.txt", "b/cover.jpg", ".hidden.mp4", ".trash/x.mp4"
    )
    assert [str(one.film.relative_to(tmp_path)) for one in _found(tmp_path)] == [
        "a.webm",
        "b/Alien.mp4",
        "b/c/Heat.MKV",
    ]


def test_what_was_made_of_a_film_is_no_film_of_its_own(tmp_path: Path) -> None:
    _make(tmp_path, "hls/index.m3u8", "hls/000.ts", "hls/001.TS", "hls/extra.mkv", "recorded/show.ts")
    _make(tmp_path, "heat.mp4", "heat_480p.mp4", "Heat_720P.mkv", "heat-1080p.mp4", "alien_480p.mp4", "heat_2.mp4")
    assert [str(one.film.relative_to(tmp_path)) for one in _found(tmp_path)] == [
        "alien_480p.mp4",
        "heat.mp4",
        "heat_2.mp4",
        "hls/extra.mkv",
        "recorded/show.ts",
    ]


def test_links_are_not_followed(tmp_path: Path) -> None:
    _make(tmp_path, "outside/Heat.mkv", "inside/Alien.mp4")
    inside = tmp_path / "inside"
    (inside / "link.mkv").symlink_to(tmp_path / "outside/Heat.mkv")
    (inside / "Alien.srt").symlink_to(tmp_path / "outside/Heat.mkv")
    (inside / "folder").symlink_to(tmp_path / "outside")
    (inside / "round").symlink_to(inside)
    os.mkfifo(inside / "pipe.mp4")
    assert _found(inside) == [Found(inside / "Alien.mp4")]


def test_what_lies_beside_a_film_under_its_name_is_its(tmp_path: Path) -> None:
    _make(
        tmp_path, "Alien.mkv", "Alien.srt", "Alien.de.vtt", "Alien.nfo", "Alien-poster.jpg", "poster.jpg", "movie.nfo"
    )
    _make(tmp_path, "Alien.2.mkv", "Alien.2.de.SRT", "alien.2.JPG", "Aliens.srt")
    second, first = _found(tmp_path)
    assert second == Found(tmp_path / "Alien.2.mkv", (tmp_path / "Alien.2.de.SRT",), None, tmp_path / "alien.2.JPG")
    assert first.captions == (tmp_path / "Alien.de.vtt", tmp_path / "Alien.srt")
    assert (first.nfo, first.picture) == (tmp_path / "Alien.nfo", tmp_path / "Alien-poster.jpg")


def test_a_film_that_has_a_folder_for_itself_has_what_is_the_folder_s(tmp_path: Path) -> None:
    _make(tmp_path, "Alien.mkv", "movie.nfo", "folder.jpg", "other.srt")
    assert _found(tmp_path) == [Found(tmp_path / "Alien.mkv", (), tmp_path / "movie.nfo", tmp_path / "folder.jpg")]


@pytest.mark.parametrize(
    ("film", "category"),
    [
        ("Horror/Alien.mkv", "Horror"),
        ("Horror/Alien/Alien.mkv", "Horror"),
        ("Horror/Alien/Part 1.mkv", "Alien"),
        ("Alien.mkv", "films"),
        ("Alien/Alien.mkv", "films"),
        ("films.mkv", "films"),
    ],
)
def test_the_folder_is_the_category(film: str, category: str) -> None:
    assert category_of(Path("/films") / film, Path("/films")) == category
