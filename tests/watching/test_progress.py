from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from videoflix.watching import progress
from videoflix.watching.models import Progress, Report

FILM, NOW = 3600.0, datetime(2026, 5, 1, 20, tzinfo=UTC)


def _report(position: float, *, session: str = "a", order: int = 0, at: float = 0, duration: float = FILM) -> Report:
    """`at` is in seconds after NOW, `order` is the same in milliseconds by default."""
    return Report(
        session=session,
        order=order or int(at * 1000) + 1,
        position=position,
        duration=duration,
        at=NOW + timedelta(seconds=at),
    )


def _after(*reports: Report, before: Progress | None = None) -> Progress:
    return reduce(progress.report, reports, before or Progress(duration=FILM))


@pytest.mark.parametrize(
    ("position", "duration", "expected"),
    [
        (0, 3600, None),
        (59.9, 3600, None),
        (60, 3600, 60),
        (2530, 3600, 2530),
        (3239, 3600, 3239),
        (3240, 3600, None),
        (3600, 3600, None),
        (29, 600, None),
        (30, 600, 30),
        (539, 600, 539),
        (540, 600, None),
        (15, 300, 15),
        (150, 299.9, None),
        (0, 0, None),
    ],
)
def test_where_a_film_is_resumed(position: float, duration: float, expected: float | None) -> None:
    assert progress.resume_at(position, duration) == expected


@pytest.mark.parametrize(
    ("position", "duration", "expected"),
    [
        (3239.9, 3600, False),
        (3240, 3600, True),
        (89.9, 120, False),
        (90, 120, True),
        (30, 60, True),
        (29.9, 60, False),
        (0, 20, False),
        (9.9, 20, False),
        (10, 20, True),
    ],
)
def test_from_where_on_a_film_is_watched(position: float, duration: float, expected: bool) -> None:
    assert progress.is_end(position, duration) is expected


def test_a_film_stays_watched_when_it_is_played_again() -> None:
    found = _after(_report(3500), _report(100, session="b", at=1000))
    assert (found.watched_at, found.position) == (NOW, 100)
    assert progress.resume_at(found.position, found.duration) == 100


def test_watched_is_undone_by_the_viewer_and_done_again_by_watching() -> None:
    found = progress.mark(_after(_report(3500)), NOW, watched=False)
    assert (found.watched_at, found.position) == (None, 0)
    assert _after(_report(3550, at=10), before=found).watched_at == NOW + timedelta(seconds=10)


def test_marking_a_film_as_watched_keeps_the_first_time() -> None:
    found = progress.mark(_after(_report(1000)), NOW, watched=True)
    assert (found.watched_at, found.position) == (NOW, 0)
    assert progress.mark(found, NOW + timedelta(days=1), watched=True).watched_at == NOW


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        pytest.param([_report(100), _report(110, at=10)], 110, id="in order"),
        pytest.param([_report(110, order=2), _report(100, order=1)], 110, id="out of order"),
        pytest.param([_report(110, order=2), _report(110, order=2)], 110, id="the same one twice"),
        pytest.param([_report(900), _report(300, at=5)], 300, id="back in one playback"),
        pytest.param([_report(900), _report(100, session="b", at=5)], 100, id="a newer playback"),
        pytest.param(
            [_report(900), _report(100, session="b", at=5), _report(910, at=10)], 100, id="two devices at once"
        ),
        pytest.param(
            [_report(900), _report(100, session="b", at=5), _report(910, at=70)], 910, id="the older one goes on"
        ),
        pytest.param(
            [_report(900), _report(100, session="b", at=5), _report(900, at=7000)], 100, id="an old page is closed"
        ),
    ],
)
def test_which_report_counts(reports: list[Report], expected: float) -> None:
    assert _after(*reports).position == expected


@given(st.permutations([_report(10.0 * n, order=n, at=n) for n in range(1, 9)]))
def test_reports_of_a_playback_in_any_order_end_at_the_last(reports: list[Report]) -> None:
    assert _after(*reports).position == 80


@given(
    st.lists(
        st.builds(
            _report,
            st.floats(0, FILM),
            session=st.sampled_from("abcdef"),
            order=st.integers(0, 20),
            at=st.floats(0, 1e6),
        )
    )
)
def test_writing_reports_twice_changes_nothing_and_watched_stays(reports: list[Report]) -> None:
    """Only the latest playbacks are known, so the reports are of few of them."""
    found = _after(*reports)
    few = len({each.session for each in reports}) <= progress.MAX_PLAYBACKS
    if few:
        latest = {each.session: each for each in found.playbacks}
        assert _after(*(each for each in reports if each.order <= latest[each.session].order), before=found) == found
    assert len(found.playbacks) <= progress.MAX_PLAYBACKS
    assert (found.watched_at is not None) >= progress.is_end(found.position, found.duration)


def test_a_removed_film_is_one_to_continue_again_when_it_is_played_later() -> None:
    hidden = structs.replace(_after(_report(1000)), hidden_at=NOW + timedelta(seconds=5))
    assert _after(_report(1004, at=4), before=hidden).hidden_at == hidden.hidden_at
    assert _after(_report(1010, at=10), before=hidden).hidden_at is None


@pytest.mark.parametrize(
    ("begin", "end", "duration", "expected"),
    [
        (0, 10, 3600, 0b1),
        (0, 4, 3600, 0),
        (4, 6, 3600, 0b1),
        (5, 15, 3600, 0b1),
        (15, 35, 3600, 0b110),
        (10, 10, 3600, 0),
        (30, 10, 3600, 0),
        (0, 3600, 3600, (1 << 360) - 1),
        (0, 3600, 3605, (1 << 361) - 1 - (1 << 360)),
        (0, 3605, 3605, (1 << 361) - 1),
        (3700, 3600, 3600, 0),
        (10, 14, 14, 0b10),
        (3590, 3600, 3600, 1 << 359),
    ],
)
def test_which_stretches_were_seen(begin: float, end: float, duration: float, expected: int) -> None:
    assert progress.stretches(begin, end, duration) == expected


def test_a_film_that_is_played_through_is_seen_whole_and_one_that_is_skipped_through_is_not() -> None:
    through = _after(*[_report(n * 9.7, at=n * 9.7, duration=95) for n in range(10)], _report(95, at=95, duration=95))
    assert progress.seen_part(through.seen, 95) == 1
    skipped = _after(*[_report(n * 300, at=n) for n in range(13)])
    assert skipped.watched_at is not None
    assert progress.seen_part(skipped.seen, FILM) == 0
    fast = _after(_report(0), _report(45, at=10), _report(100, at=20))
    assert fast.seen == progress.stretches(0, 45, FILM)


def test_a_player_that_reports_rarely_tells_what_was_played() -> None:
    first = structs.replace(_report(400), played=((0.0, 100.0), (300.0, 400.0)), every=300)
    then = structs.replace(_report(700, at=300), played=((400.0, 700.0),), every=300)
    assert progress.seen_part(_after(first, then).seen, FILM) == 500 / FILM
    assert _after(then, first).seen == _after(first, then).seen
    nothing = structs.replace(_report(410, at=10), played=())
    assert _after(_report(400), nothing).seen == 0


def test_a_player_that_reports_rarely_is_silent_only_when_its_report_is_late() -> None:
    rare = structs.replace(_report(100, session="b", at=5), every=300)
    assert _after(_report(900), rare, _report(910, at=70)).position == 100
    assert _after(_report(900), rare, _report(910, at=356)).position == 910
