import os
from pathlib import Path

import pytest

from videoflix.cli.scan_folder import Found, category_of, find_films
from videoflix.library.episodes import recognise


def _make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _found(root: Path) -> list[Found]:
    errors: list[OSError] = []
    found = list(find_films(root, errors.append))
    assert errors == []
    return found


def test_films_are_found_at_any_depth_in_order(tmp_path: Path) -> None:
    _make(
        tmp_path, "b/c/Heat.MKV", "b/Alien.mp4", "a.webm", "notes.txt", "b/cover.jpg", ".hidden.mp4", ".trash/x.mp4"
    )
    assert [str(one.film.relative_to(tmp_path)) for one in _found(tmp_path)] == [
        "a.webm",
        "b/Alien.mp4",
        "b/c/Heat.MKV",
    ]


def test_renditions_and_segments_of_a_film_are_skipped(tmp_path: Path) -> None:
    _make(tmp_path, "hls/index.m3u8", "hls/000.ts", "hls/001.TS", "hls/extra.mkv", "recorded/show.ts")
    _make(tmp_path, "heat.mp4", "heat_480p.mp4", "Heat_720P.mkv", "heat-1080p.mp4", "alien_480p.mp4", "heat_2.mp4")
    assert [str(one.film.relative_to(tmp_path)) for one in _found(tmp_path)] == [
        "alien_480p.mp4",
        "heat.mp4",
        "heat_2.mp4",
        "hls/extra.mkv",
        "recorded/show.ts",
    ]


def test_segments_below_their_playlist_are_skipped_but_no_films_of_a_playlist(tmp_path: Path) -> None:
    _make(tmp_path, "hls/480p/000.ts", "hls/480p/001.ts", "hls/480p/other.ts", "films/Heat.mp4")
    (tmp_path / "hls/480p.m3u8").write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n480p/000.ts\n480p/001.ts\n"
    )
    (tmp_path / "evening.m3u8").write_text("#EXTM3U\n#EXTINF:600,Heat\nfilms/Heat.mp4\n")
    assert [one.film.name for one in _found(tmp_path)] == ["Heat.mp4", "other.ts"]


def test_symbolic_links_are_not_followed(tmp_path: Path) -> None:
    _make(tmp_path, "outside/Heat.mkv", "inside/Alien.mp4")
    inside = tmp_path / "inside"
    (inside / "link.mkv").symlink_to(tmp_path / "outside/Heat.mkv")
    (inside / "Alien.srt").symlink_to(tmp_path / "outside/Heat.mkv")
    (inside / "folder").symlink_to(tmp_path / "outside")
    (inside / "round").symlink_to(inside)
    os.mkfifo(inside / "pipe.mp4")
    assert _found(inside) == [Found(inside / "Alien.mp4")]


def test_files_named_after_a_film_belong_to_it(tmp_path: Path) -> None:
    _make(
        tmp_path, "Alien.mkv", "Alien.srt", "Alien.de.vtt", "Alien.nfo", "Alien-poster.jpg", "poster.jpg", "movie.nfo"
    )
    _make(tmp_path, "Alien.2.mkv", "Alien.2.de.SRT", "alien.2.JPG", "Aliens.srt")
    second, first = _found(tmp_path)
    assert second == Found(tmp_path / "Alien.2.mkv", (tmp_path / "Alien.2.de.SRT",), None, tmp_path / "alien.2.JPG")
    assert first.captions == (tmp_path / "Alien.de.vtt", tmp_path / "Alien.srt")
    assert (first.nfo, first.image) == (tmp_path / "Alien.nfo", tmp_path / "Alien-poster.jpg")


def test_a_single_film_in_a_folder_gets_files_with_general_names(tmp_path: Path) -> None:
    _make(tmp_path, "Alien.mkv", "movie.nfo", "folder.jpg", "other.srt")
    assert _found(tmp_path) == [Found(tmp_path / "Alien.mkv", (), tmp_path / "movie.nfo", tmp_path / "folder.jpg")]


@pytest.mark.parametrize(
    ("film", "category"),
    [
        ("Shows/Show S01E02.mkv", "Shows"),
        ("Shows/Show/Show S01E02.mkv", "Shows"),
        ("Shows/Show/Season 1/E02.mkv", "Shows"),
        ("Shows/Show Season 1/Show E02.mkv", "Shows"),
        ("Show/Season 1/E02.mkv", "films"),
        ("Horror/Alien.mkv", "Horror"),
        ("Horror/Alien/Alien.mkv", "Horror"),
        ("Horror/Alien/Part 1.mkv", "Alien"),
        ("Alien.mkv", "films"),
        ("Alien/Alien.mkv", "films"),
        ("films.mkv", "films"),
    ],
)
def test_the_category_is_the_folder_name(film: str, category: str) -> None:
    path = Path("/films") / film
    assert category_of(Found(path), Path("/films"), recognise(path)) == category


def test_a_show_is_described_in_its_folder_or_above_the_one_of_a_season(tmp_path: Path) -> None:
    _make(tmp_path, "tvshow.nfo", "Pilot.mkv")
    for name in ("Season 1", "Extras"):
        (tmp_path / name).mkdir()
        _make(tmp_path / name, f"{name}.mkv")
    described = {found.film.name: found.show_nfo for found in _found(tmp_path)}
    nfo = tmp_path / "tvshow.nfo"
    assert described == {"Pilot.mkv": nfo, "Season 1.mkv": nfo, "Extras.mkv": None}
