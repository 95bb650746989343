"""The documentation of the settings is what the code says."""

import re
from pathlib import Path

from tests.fixtures.commands import Run
from videoflix.cli.settings import reference
from videoflix.settings import Settings

ROOT = Path(__file__).parents[2]


def test_the_documentation_is_the_output_of_the_command(run: Run) -> None:
    shown = run("settings")
    assert shown.returncode == 0
    assert shown.stdout == (ROOT / "docs" / "configuration.md").read_text()


def test_every_setting_is_under_a_heading_and_explained() -> None:
    lines = list(reference())
    rows = [line for line in lines if line.startswith("| `")]
    first = next(number for number, line in enumerate(lines) if line.startswith("| `"))
    assert lines[first - 3].startswith("\n## ")
    assert len(rows) == len(Settings.fields())
    assert not [row for row in rows if row.endswith("|  |")]


def test_the_template_shows_the_defaults_of_the_code() -> None:
    template = (ROOT / ".env.template").read_text()
    shown = dict(re.findall(r"^# ([A-Z][A-Z0-9_]+)=(.*)$", template, re.MULTILINE))
    for one in Settings.fields():
        name, default = one.metadata["name"], one.metadata["default"]
        if name in shown and isinstance(default, str) and default:
            assert shown[name] == default, name
