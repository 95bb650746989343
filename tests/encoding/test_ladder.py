import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.default_encode import LABELS
from videoflix.encoding.ladder import best, ladder, max_kbits_for, most_bandwidth, most_bytes


@pytest.mark.parametrize(
    ("size", "renditions"),
    [
        ((1920, 1080), [(480, 854, 480), (720, 1280, 720), (1080, 1920, 1080)]),
        ((3840, 2160), [(480, 854, 480), (720, 1280, 720), (1080, 1920, 1080)]),
        ((1280, 720), [(480, 854, 480), (720, 1280, 720)]),
        ((1279, 719), [(480, 854, 480)]),
        ((320, 240), [(480, 320, 240)]),
        ((1080, 1920), [(480, 480, 854), (720, 720, 1280), (1080, 1080, 1920)]),
        ((641, 361), [(480, 640, 360)]),
        ((2, 2), [(480, 2, 2)]),
        ((1, 1), [(480, 2, 2)]),
    ],
)
def test_renditions_of_a_source(size: tuple[int, int], renditions: list[tuple[int, int, int]]) -> None:
    assert [(rendition.label, rendition.width, rendition.height) for rendition in ladder(*size, LABELS)] == renditions


@pytest.mark.parametrize(
    ("size", "labels", "expected"),
    [
        ((3840, 2160), (480, 720, 1080, 1440, 2160), [480, 720, 1080, 1440, 2160]),
        ((3840, 1600), (480, 720, 1080, 1440, 2160), [480, 720, 1080, 1440]),
        ((1920, 1080), (240, 360, 480, 1080), [240, 360, 480, 1080]),
        ((1280, 720), (480, 1080), [480]),
        ((640, 480), (240, 480), [240, 480]),
        ((400, 300), (240, 360, 480), [240, 480]),
        ((320, 240), (240, 360, 480), [480]),
    ],
)
def test_the_labels_of_a_ladder(size: tuple[int, int], labels: tuple[int, ...], expected: list[int]) -> None:
    assert [rendition.label for rendition in ladder(*size, labels)] == expected


@given(st.integers(2, 8192), st.integers(2, 8192))
def test_renditions_are_even_never_larger_than_the_source_and_begin_with_480p(width: int, height: int) -> None:
    renditions = ladder(width, height, LABELS)
    assert renditions[0].label == 480
    for rendition in renditions:
        assert rendition.width % 2 == rendition.height % 2 == 0
        assert rendition.width <= width
        assert rendition.height <= height


def test_a_request_is_answered_with_the_best_rendition_there_is() -> None:
    assert best((480, 720), 1080) == 720
    assert best((480,), 720) == 480
    assert best((480, 720, 1080), 720) == 720


def test_a_film_may_take_twice_what_its_segments_cost_at_most() -> None:
    renditions = ladder(1920, 1080, LABELS)
    hour = sum(most_bandwidth(rendition.label, 6) for rendition in renditions) / 8 * 3600
    assert 2 * hour <= most_bytes(renditions, 3600, 6) < 3 * hour
    assert most_bytes(renditions, 0.04, 6) > 10_000_000


@pytest.mark.parametrize(
    ("size", "kbits"),
    [
        ((2, 2), 400),
        ((426, 240), 400),
        ((854, 480), 1600),
        ((640, 480), 1600),
        ((856, 480), 3200),
        ((1080, 1920), 6000),
        ((1920, 800), 6000),
        ((1922, 1080), 10_800),
        ((3840, 2160), 15_500),
        ((7680, 4320), 15_500),
    ],
)
def test_the_ceiling_of_any_size_is_that_of_the_next_label(size: tuple[int, int], kbits: int) -> None:
    assert max_kbits_for(*size) == kbits
