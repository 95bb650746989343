"""What deploy/slim_image.py leaves in the image is enough."""

import importlib.util

import pytest
from langcodes import Language
from language_data import name_data  # type: ignore[import-untyped]

from tests.image.image import ROOT

SCRIPTS_AND_TERRITORIES = ("Latn", "Cyrl", "Arab", "Hant", "Latn-ME", "BR", "CN", "DE", "RS", "US")


def test_all_languages_keep_their_own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("slim_image", ROOT / "deploy" / "slim_image.py")
    assert spec and spec.loader
    slim_image = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(slim_image)
    names = name_data.CODE_TO_NAMES
    languages = [code for code in names if code.islower() and ".." not in code]
    translated = sorted(name_data.LANGUAGES_WITH_NAME_DATA)
    tags = [*languages, *(f"{code}-{more}" for code in translated for more in SCRIPTS_AND_TERRITORIES)]
    before = {tag: Language.get(tag).autonym() for tag in tags}
    monkeypatch.setattr(name_data, "CODE_TO_NAMES", slim_image.own_names(names))
    assert {tag: Language.get(tag).autonym() for tag in tags} == before
    assert before["de"] == "Deutsch" and before["pt-BR"] == "português (Brasil)"
