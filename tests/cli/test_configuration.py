"""A .env file that cannot be read as it was meant is refused, with the line."""

from pathlib import Path

import pytest

from videoflix.cli.configuration import gather
from videoflix.settings import SettingsError


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"PORT=8000\nREGISTRATION closed\n", r"line 2: this is not NAME=value", id="no equals sign"),
        pytest.param(b'PORT=8000\n\nTIME_ZONE="UTC\n', r"line 3: ", id="an open quote"),
        pytest.param(b"\xff\xfeP\0O\0", r"not UTF-8", id="UTF-16"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(SettingsError, match=rf"\.env.*{words}"):
        gather({"VIDEOFLIX_HOME": str(tmp_path)})


def test_a_folder_for_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    with pytest.raises(SettingsError, match=r"\.env cannot be read: Is a directory"):
        gather({"VIDEOFLIX_HOME": str(tmp_path)})


def test_comments_quotes_exports_and_empty_values_are_read(tmp_path: Path) -> None:
    text = "\ufeff# a comment\nexport PORT=8001\nTIME_ZONE='Europe/Berlin' # here\nEMAIL_HOST=\nDB_HOST\n"
    (tmp_path / ".env").write_text(text, "utf-8")
    found = gather({"VIDEOFLIX_HOME": str(tmp_path), "DB_HOST": "127.0.0.1", "SECRET_KEY": "k" * 40})
    assert (found["PORT"], found["TIME_ZONE"]) == ("8001", "Europe/Berlin")
    assert "EMAIL_HOST" not in found
