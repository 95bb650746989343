"""An ffmpeg with a hardware encoder: x264 takes the place of the graphics card, and understands its options."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

SCRIPT = """#!{python}
import json, os, sys

ONLY_OF_NVENC = ("-tune", "-rc", "-spatial-aq", "-no-scenecut", "-strict_gop", "-cq", "-b:v")
CHANGES = json.loads({changes!r})

options = dict(zip(sys.argv, sys.argv[1:]))
if "-encoders" in options or sys.argv[-1] == "-encoders":
    print(" V....D h264_nvenc           x264 in place of a graphics card")
    sys.exit()
if "h264_nvenc" in sys.argv and options.get("-segment_start_number") in {fails!r}:
    print("[h264_nvenc @ 0x55ba6fb6c340] Cannot load libcuda.so.1", file=sys.stderr)
    sys.exit(1)
before, words = "", []
for word in sys.argv[1:]:
    if "h264_nvenc" in sys.argv:
        word = CHANGES.get(before, {{"h264_nvenc": "libx264", "p5": "superfast"}}.get(word, word))
        if before in ONLY_OF_NVENC:
            words.pop()
            before = ""
            continue
    words.append(word)
    before = word
os.execv({ffmpeg!r}, [{ffmpeg!r}, *words])
"""


def ffmpeg_with_nvenc(
    folder: Path, ffmpeg: str, changes: Mapping[str, str] | None = None, fails: tuple[str, ...] = ()
) -> str:
    """The path of a script that has h264_nvenc. It takes `changes` for the values of options, and cannot encode units
    whose first segment is in `fails`."""
    path = folder / "ffmpeg-with-nvenc"
    script = SCRIPT.format(python=sys.executable, changes=json.dumps(changes or {}), fails=fails, ffmpeg=ffmpeg)
    path.write_text(script)
    path.chmod(0o755)
    return str(path)
