"""How .env is read: what cannot be read is named."""

from pathlib import Path

import pytest

from videoflix.cli.configuration import SOURCES, gather, sources
from videoflix.settings import Settings, SettingsError


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfeP\0O\0")
    with pytest.raises(SettingsError, match=r"\.env is not UTF-8"):
        gather({"VIDEOFLIX_HOME": str(tmp_path)})


def test_a_line_that_cannot_be_read_is_skipped_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that has served another backend serves this one."""
    (tmp_path / ".env").write_text("PORT=8001\nREGISTRATION closed\nTIME_ZONE=Europe/Berlin\n")
    found = gather({"VIDEOFLIX_HOME": str(tmp_path), "DB_HOST": "127.0.0.1", "SECRET_KEY": "k" * 40})
    assert (found["PORT"], found["TIME_ZONE"]) == ("8001", "Europe/Berlin")
    assert "REGISTRATION" not in found
    assert "could not parse statement starting at line 2" in caplog.text


def test_a_generated_key_that_was_cut_short_is_named(tmp_path: Path) -> None:
    (tmp_path / "var/secrets").mkdir(parents=True)
    (tmp_path / "var/secrets/secret_key").write_text("half")
    found = gather({"VIDEOFLIX_HOME": str(tmp_path), "DB_HOST": "127.0.0.1"}, make_key=True)
    with pytest.raises(SettingsError, match="delete secrets/secret_key in the data folder"):
        Settings.from_env(found)


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


def test_the_source_of_each_variable_is_known(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=8001\nTIME_ZONE=Europe/Berlin\nDB_HOST=127.0.0.1\n")
    environ = {"VIDEOFLIX_HOME": str(tmp_path), "PORT": "8002", "SECRET_KEY": "k" * 40}
    found = sources(environ, gather(environ))
    names = ("PORT", "SECRET_KEY", "TIME_ZONE", "FFMPEG")
    assert [found[name] for name in names] == ["environment", "environment", ".env", "automatic"]
    assert "REGISTRATION" not in found
    assert sources({**environ, SOURCES: '{"PORT":".env"}'}, {}) == {"PORT": ".env"}  # as a child of bin/start
