"""Settings and secrets come back as they were."""

from pathlib import Path

from videoflix.backup.variables import as_dotenv, read_dotenv


def test_values_with_quotes_and_line_ends_come_back(tmp_path: Path) -> None:
    variables = {"SECRET_KEY": 'it\'s \\ "quoted" $HOME #1', "EMAIL_HOST_PASSWORD": "a\nb ", "PORT": "8000"}
    file = tmp_path / "secrets.env"
    file.write_text(as_dotenv(variables))
    assert read_dotenv(file) == variables
