"""An ffmpeg that fails at one stretch of a film until it is mended, and is the real one everywhere else."""

from pathlib import Path

SCRIPT = """#!/bin/sh
for word; do
    if [ "$before" = -start_number ] && [ "$word" = {segment} ] && [ -e "{mark}" ]; then
        echo "there is a scratch at segment {segment}" >&2
        exit 1
    fi
    before=$word
done
exec "{ffmpeg}" "$@"
"""


class Scratch:
    """The program is `ffmpeg`; it fails where the unit with this first segment is encoded."""

    def __init__(self, folder: Path, ffmpeg: str, segment: int) -> None:
        self.ffmpeg, self._mark = folder / "ffmpeg", folder / "scratch"
        self._mark.touch()
        self.ffmpeg.write_text(SCRIPT.format(segment=segment, mark=self._mark, ffmpeg=ffmpeg))
        self.ffmpeg.chmod(0o755)

    def mend(self) -> None:
        self._mark.unlink()
