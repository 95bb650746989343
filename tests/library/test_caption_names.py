import pytest

from videoflix.library.caption_names import kind_in, name, parse
from videoflix.library.models import CaptionKind

FULL, FORCED, SDH = CaptionKind


@pytest.mark.parametrize(
    ("words", "language", "kind"),
    [
        ("de", "de", FULL),
        ("", None, FULL),
        ("de.forced", "de", FORCED),
        ("forced.de", "de", FORCED),
        ("pt-BR.Forced", "pt-BR", FORCED),
        ("de-forced", "de", FORCED),
        ("eng_sdh", "en", SDH),
        ("de (forced)", "de", FORCED),
        ("German[CC]", "de", SDH),
        ("de.foreign", "de", FORCED),
        ("forced", None, FORCED),
        ("de.sdh", "de", SDH),
        ("de.cc", "de", SDH),
        ("de.default.cc", "de", SDH),
        ("en.full", "en", FULL),
        ("de.hi", "de", SDH),
        ("hi", "hi", FULL),
        ("hi.forced", "hi", FORCED),
        ("hi.hi", "hi", SDH),
        ("hi.sdh", "hi", SDH),
        ("Brazilian Portuguese", "pt-BR", FULL),
    ],
)
def test_language_and_kind_are_in_a_name(words: str, language: str | None, kind: CaptionKind) -> None:
    told = parse(words)
    assert (told.language, told.kind) == (language, kind)


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("English (Forced)", FORCED),
        ("English SDH", SDH),
        ("Deutsch [CC]", SDH),
        ("Accents", FULL),
        ("Reinforced", FULL),
    ],
)
def test_the_title_of_a_track_tells_its_kind(title: str, kind: CaptionKind) -> None:
    assert kind_in(title) is kind


@pytest.mark.parametrize(
    ("language", "kind", "title", "shown"),
    [
        ("de", FULL, None, "Deutsch"),
        ("de", FORCED, None, "Deutsch (forced)"),
        ("de", SDH, "", "Deutsch (SDH)"),
        ("en", FORCED, "English", "English (forced)"),
        ("en", SDH, "English SDH", "English SDH"),
        (None, FULL, None, "Subtitles"),
        (None, FORCED, None, "Subtitles (forced)"),
    ],
)
def test_captions_of_one_language_have_names_of_their_own(
    language: str | None, kind: CaptionKind, title: str | None, shown: str
) -> None:
    assert name(language, kind, title) == shown
