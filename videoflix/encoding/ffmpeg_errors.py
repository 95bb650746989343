"""Translates errors of ffmpeg and ffprobe into messages for people. The originals are in the log."""

import re
from collections.abc import Iterable

from videoflix.errors import EncodeFailed

# The cause, by a phrase of the error; the first match counts.
CAUSES = (
    (r"exceeds specified max pixel count", "its frames are too large"),
    (
        r"Cannot allocate memory|[Oo]ut of memory|[Ff]ailed to allocate|malloc of size",
        "it needs more memory than an encode may use",
    ),
    (
        r"Could not open encoder before EOF",
        "nothing in it can be decoded; it is damaged, or in a format that this ffmpeg does not support",
    ),
    (
        r"moov atom not found",
        "its index, often at the end, is missing (moov atom not found); it is incomplete or not a film",
    ),
    (
        r"Decoder .{1,40} not found|no decoder found|[Uu]nknown decoder|Could not find codec",
        "this ffmpeg has no decoder for it",
    ),
    (r"Permission denied", "there is no permission to read it"),
    (r"No such file or directory", "the file no longer exists"),
    (r"Invalid data found|End of file|invalid as first byte of an EBML", "it is damaged or incomplete"),
)
ADDRESS = re.compile(r"\[[^\]]* @ 0x[0-9a-f]+\] ?")
# Lines about internals of ffmpeg or of ours.
INTERNAL = re.compile(
    r"error code|return code|Error number|whitelist|Task finished|Terminating thread|Conversion failed"
    r"|Nothing was written|Last message repeated|^Error |^Could not |^Failed to |^Cannot |^\d+: |[-_]\d{5,}|#\d"
)


class RunFailed(EncodeFailed):
    """ffmpeg or ffprobe has failed; `said` is its own output, and `cause` completes a sentence if it is known."""

    def __init__(self, said: str, names: Iterable[str], program: str) -> None:
        self.said = said
        self.cause = cause(said)
        super().__init__(plain_words(said, names) or f"{program} failed; see the log for its output.")


def first_line(failure: Exception) -> str:
    """The first line of what ffmpeg said, without memory addresses: it helps if the film is not to blame. The message
    of the failure if it is another one."""
    said = failure.said if isinstance(failure, RunFailed) else str(failure)
    return ADDRESS.sub("", next(iter(said.strip().splitlines()), str(failure)))


def cause(said: str) -> str | None:
    """What is wrong with the film, as the end of a sentence; None if there is no message for it yet."""
    return next((words for pattern, words in CAUSES if re.search(pattern, said)), None)


def plain_words(said: str, names: Iterable[str] = ()) -> str:
    """Why a film cannot be encoded: the cause, or else the last lines of the output without memory addresses,
    internal names and file names (`names`); empty if nothing else was printed."""
    if why := cause(said):
        return f"The film cannot be encoded: {why}."
    for name in sorted(names, key=len, reverse=True):
        said = said.replace(name, "the film")
    lines: list[str] = []
    for line in said.splitlines():
        line = ADDRESS.sub("", line)
        line = re.sub(r"(?:file:)?/\S*", "the film", line).strip()
        if line and line not in lines and not INTERNAL.search(line):
            lines.append(line)
    return "\n".join(lines[-4:])[-600:]
