"""Describes a file stream by stream when ffprobe refuses the whole file.

ffprobe opens the decoder of every stream, and fails with the first that cannot be opened. The beginning of each
stream alone shows what is needed for the others.
"""

import tempfile
from pathlib import Path
from typing import Any

import msgspec

from videoflix.encoding import probe_commands
from videoflix.encoding.ffmpeg_errors import RunFailed
from videoflix.encoding.process import capture
from videoflix.errors import EncodeFailed

SECONDS = 60.0
MAX_STREAMS = 64
# What ffmpeg prints if there are no more streams, and if it cannot read the file at all.
NO_MORE = ("add a trailing '?' to the map", "Error opening input")


async def probe_apart(ffmpeg: str, ffprobe: str, source: Path) -> dict[str, Any] | None:
    """What `probe_commands.probe` reports about the readable streams; None if there are none.

    `unreadable` lists the indices of the others. Of the container only its start time is known.
    """
    streams, unreadable = [], []
    with tempfile.TemporaryDirectory(prefix="videoflix-probe-") as folder:
        sample = Path(folder, "sample.mkv")
        for index in range(MAX_STREAMS):
            try:
                await capture(probe_commands.sample(ffmpeg, source, index, sample), seconds=SECONDS)
                told = msgspec.json.decode(await capture(probe_commands.probe(ffprobe, sample), seconds=SECONDS))
                streams.append({**told["streams"][0], "index": index})
            except EncodeFailed as failure:
                if isinstance(failure, RunFailed) and any(words in failure.said for words in NO_MORE):
                    break
                unreadable.append(index)
    if not streams:
        return None
    return {
        "streams": streams,
        "format": {"format_name": "", "start_time": _begin(streams)},
        "unreadable": unreadable,
    }


def _begin(streams: list[dict[str, Any]]) -> str:
    """When the first stream begins; what precedes 0 is the lead-in of an encoder, which is not played."""
    return str(max(0.0, min(float(stream.get("start_time", 0)) for stream in streams)))
