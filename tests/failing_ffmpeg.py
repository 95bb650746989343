"""ffmpeg and ffprobe that work but for one thing: a unit, until they are repaired, or an option."""

from pathlib import Path

SCRIPT = """#!/bin/sh
for word; do
    if [ "$before" = -segment_start_number ] && [ "$word" = {segment} ] && [ -e "{mark}" ]; then
        echo "segment {segment} fails on purpose" >&2
        exit 1
    fi
    before=$word
done
exec "{ffmpeg}" "$@"
"""


class FailingFfmpeg:
    """A script at `path` that fails to encode the unit with this first segment."""

    def __init__(self, folder: Path, ffmpeg: str, segment: int) -> None:
        self.path, self._mark = folder / "ffmpeg", folder / "broken"
        self._mark.touch()
        self.path.write_text(SCRIPT.format(segment=segment, mark=self._mark, ffmpeg=ffmpeg))
        self.path.chmod(0o755)

    def repair(self) -> None:
        self._mark.unlink()


ODD = """#!/bin/sh
for word; do
    [ "$word" = "{word}" ] && {instead}
done
exec "{program}" "$@"
"""


def odd_program(folder: Path, program: str, word: str, instead: str) -> str:
    """The path of a script that runs a shell command `instead` of the program if one of its arguments is `word`."""
    path = folder / f"odd-{Path(program).name}"
    path.write_text(ODD.format(word=word, instead=instead, program=program))
    path.chmod(0o755)
    return str(path)
