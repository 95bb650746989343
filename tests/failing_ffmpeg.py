"""An ffmpeg that fails at one unit of a film until it is repaired, and works otherwise."""

from pathlib import Path

SCRIPT = """#!/bin/sh
for word; do
    if [ "$before" = -start_number ] && [ "$word" = {segment} ] && [ -e "{mark}" ]; then
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
