from fractions import Fraction
from pathlib import Path

from msgspec.structs import replace

from tests.default_encode import LABELS, X264
from videoflix.encoding.capabilities import Capabilities
from videoflix.encoding.geometry import CURRENT
from videoflix.encoding.ladder import ladder
from videoflix.encoding.models import AudioTrack, EncodePlan, Probe, Rendition
from videoflix.encoding.units import plan_units
from videoflix.encoding.video_encode import encode
from videoflix.encoding.video_filters import filter_graph

FOUND = Probe(
    video=0, audio_tracks=(AudioTrack(stream=1),), width=1920, height=1080, frame_rate=Fraction(30), duration=60.0
)  # fmt: skip
PLAN = EncodePlan(FOUND, ladder(320, 240, LABELS), CURRENT)
NEW = Capabilities()
WHOLE = plan_units(None, Fraction(30), CURRENT)[0]


def test_a_film_without_audio_tracks_has_no_audio() -> None:
    silent = replace(PLAN, probe=replace(FOUND, audio_tracks=()))
    assert "aac" not in encode("ffmpeg", Path("x"), silent, WHOLE, capabilities=NEW, encoder=X264, cores=2)


def test_threads_are_shared_out_among_the_renditions() -> None:
    def threads(renditions: tuple[Rendition, ...]) -> list[str]:
        arguments = encode(
            "ffmpeg",
            Path("x"),
            replace(PLAN, renditions=renditions),
            WHOLE,
            capabilities=NEW,
            encoder=X264,
            cores=4,
        )
        return [arguments[place + 1] for place, word in enumerate(arguments) if word == "-threads"]

    assert threads(ladder(1920, 1080, LABELS)) == ["2", "2", "2", "4"]
    assert threads(ladder(320, 240, LABELS)) == []


def test_a_unit_reads_its_own_part_and_makes_exactly_its_frames() -> None:
    counted = replace(FOUND, frames=1800, first=0.08)
    plan = replace(PLAN, probe=counted)
    first, second = plan_units(1800, Fraction(30), CURRENT)[:2]
    assert "-ss" not in encode("ffmpeg", Path("x"), plan, first, capabilities=NEW, encoder=X264, cores=1)
    arguments = encode("ffmpeg", Path("x"), plan, second, capabilities=NEW, encoder=X264, cores=1)
    assert arguments[arguments.index("-ss") + 1] == "6.080000"
    assert arguments[arguments.index("-segment_start_number") + 1] == "1"
    assert arguments[arguments.index("-initial_offset") + 1] == "16.000000"
    assert "trim=end_frame=360" in filter_graph(counted, ladder(320, 240, LABELS), second)


def test_frames_are_passed_on_by_the_option_that_the_program_knows() -> None:
    old = encode("ffmpeg", Path("x"), PLAN, WHOLE, capabilities=Capabilities(fps_mode=False), encoder=X264, cores=2)
    new = encode("ffmpeg", Path("x"), PLAN, WHOLE, capabilities=NEW, encoder=X264, cores=2)
    assert ("-vsync" in old, "-fps_mode" in old) == (True, False)
    assert ("-vsync" in new, "-fps_mode" in new) == (False, True)
