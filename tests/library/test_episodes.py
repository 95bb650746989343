"""Which names are those of episodes."""

from pathlib import PurePath

import pytest

from videoflix.library.episodes import EpisodeName, full_title, recognise, short_title

Expected = tuple[str, int, int | None, str]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Show/Season 1/Show S01E02 The Storm.mkv", ("Show", 1, 2, "The Storm")),
        ("Show/Staffel 2/Show - S02E10 - Über Nacht.mkv", ("Show", 2, 10, "Über Nacht")),
        ("Shows/Show.S01E02.1080p.WEB.x264-GRP.mkv", ("Show", 1, 2, "")),
        ("Shows/Show.S01E02.The.Storm.1080p.WEB-DL.mkv", ("Show", 1, 2, "The Storm")),
        ("Show S01E02 The Trial (Part 1) [720p].mkv", ("Show", 1, 2, "The Trial (Part 1)")),
        ("Show S01E02 The Storm (1080p).mkv", ("Show", 1, 2, "The Storm")),
        ("Show s1e2.mkv", ("Show", 1, 2, "")),
        ("Show Staffel 1 Folge 2 Sturm.mkv", ("Show", 1, 2, "Sturm")),
        ("Mr. Robot S01E02.mkv", ("Mr. Robot", 1, 2, "")),
        ("Show/S01E02.mkv", ("Show", 1, 2, "")),
        # Several episodes in one film: the first counts.
        ("Show S01E02E03 Both.mkv", ("Show", 1, 2, "Both")),
        ("Show S01E02-E03.mkv", ("Show", 1, 2, "")),
        ("Show/Season 1/1x02.mkv", ("Show", 1, 2, "")),
        ("Show 1x02 - The Storm.avi", ("Show", 1, 2, "The Storm")),
        # Years and numbers in names.
        ("Castle (2009)/Season 1/Castle (2009) S01E02.mkv", ("Castle (2009)", 1, 2, "")),
        ("Doctor.Who.2005.S01E02.mkv", ("Doctor Who 2005", 1, 2, "")),
        ("Doctor Who (2005) S01E02.mkv", ("Doctor Who (2005)", 1, 2, "")),
        ("1923 S01E02.mkv", ("1923", 1, 2, "")),
        ("12 Monkeys/Season 1/12 Monkeys - 02 - Mentally Divergent.mkv", ("12 Monkeys", 1, 2, "Mentally Divergent")),
        # Numbers that count in the folder of a season only.
        ("Show/Season 1/E02.mkv", ("Show", 1, 2, "")),
        ("Show/Staffel 1/Ep 02 Sturm.mkv", ("Show", 1, 2, "Sturm")),
        ("Show/S01/Folge 2.mkv", ("Show", 1, 2, "")),
        ("Course/Season 1/03 Loops.mp4", ("Course", 1, 3, "Loops")),
        ("Course/Season 1/3. Loops.mp4", ("Course", 1, 3, "Loops")),
        ("Show Season 3/Show - 02.mkv", ("Show", 3, 2, "")),
        ("Show.S03/Show.E02.mkv", ("Show", 3, 2, "")),
        # Specials, and episodes without number.
        ("Show/Specials/Making of.mkv", ("Show", 0, None, "Making of")),
        ("Show/Season 0/Show S00E01.mkv", ("Show", 0, 1, "")),
        ("Show/Season 00/E01.mkv", ("Show", 0, 1, "")),
        ("Show/Season 1/Show - Outtakes.mkv", ("Show", 1, None, "Outtakes")),
    ],
)
def test_an_episode_is_recognised_by_its_name_and_its_folders(path: str, expected: Expected) -> None:
    series, season, number, title = expected
    assert recognise(PurePath(path)) == EpisodeName(series=series, season=season, number=number, title=title)


@pytest.mark.parametrize(
    "path",
    [
        "Apollo 13.mkv",
        "1x1.mkv",
        "10x10/10x10.mkv",
        "Blade Runner 2049 1080p.mkv",
        "Test 1920x1080.mkv",
        "Films/02 Fast 02 Furious.mkv",
        "Open Season 2/Open Season 2.mkv",
        "World Series 2/Final.mkv",
        "E02.mkv",
        "Season 1/E02.mkv",
        "S01E02.mkv",
        "Films/Episode 4.mkv",
        "SE7EN.mkv",
        ".mkv",
    ],
)
def test_films_are_no_episodes(path: str) -> None:
    assert recognise(PurePath(path)) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("show-folder/E02.mkv", ("The Show", 1, 2, "")),
        ("show-folder/Loops.mkv", ("The Show", 1, None, "Loops")),
        ("show-folder/1x02.mkv", ("The Show", 1, 2, "")),
        ("show-folder/Season 2/Old Name S02E03.mkv", ("The Show", 2, 3, "")),
        ("show-folder/Specials/Loops.mkv", ("The Show", 0, None, "Loops")),
    ],
)
def test_all_films_of_a_known_show_are_its_episodes(path: str, expected: Expected) -> None:
    series, season, number, title = expected
    assert recognise(PurePath(path), "The Show") == EpisodeName(
        series=series, season=season, number=number, title=title
    )


def test_a_title_says_which_episode_it_is_except_beside_its_number() -> None:
    episode = EpisodeName(series="Show", season=1, number=2, title="Storm")
    assert full_title(episode) == "Show S01E02 Storm"
    assert full_title(episode, "The Storm") == "Show S01E02 The Storm"
    assert short_title("Show S01E02 The Storm") == "The Storm"
    assert short_title("Show S01E02") == ""
    assert short_title("Loops: part 2") == "Loops: part 2"
