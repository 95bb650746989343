"""Errors of the decoder about frames that it could not read, and the note about them."""

import re
from collections.abc import Iterable
from fractions import Fraction

# After a seek the H.264 decoder misses frames from before it, which the frames that are shown do not need.
HARMLESS = ("mmco: unref short failure", "number of reference frames")
MAX_PLACES = 5


def decoder_error(stderr: str, codec: str) -> str | None:
    """The last error of the video decoder in ffmpeg's output; None if there is none."""
    decoder = re.compile(
        rf"\[(?:dec:)?(?:lib)?(?:{re.escape(codec)}|dav1d) @ [^]]*\] (.*)|(Error while decoding stream.*)"
    )
    lines = [match[1] or match[2] for line in stderr.splitlines() if (match := decoder.search(line))]
    lines = [line for line in lines if not line.startswith(HARMLESS)]
    return lines[-1] if lines else None


def notes(spans: Iterable[tuple[int, int | None]], rate: Fraction) -> tuple[str, ...]:
    """Where a film may look damaged, by the first frames and the numbers of frames of the units with errors, in
    order."""
    places: list[tuple[int, int | None]] = []
    for first, frames in spans:
        end = None if frames is None else first + frames
        if places and places[-1][1] == first:
            places[-1] = places[-1][0], end
        else:
            places.append((first, end))
    if not places:
        return ()
    if places[0][1] is None:  # a film in one piece
        return ("The decoder reported errors: the picture may be damaged in places.",)
    told = [f"from {_clock(first / rate)} to {_clock((end or 0) / rate)}" for first, end in places[:MAX_PLACES]]
    told += ["in other places"] if len(places) > MAX_PLACES else []
    return (f"The decoder reported errors {', '.join(told)}: the picture may be damaged there.",)


def _clock(seconds: Fraction) -> str:
    minutes, second = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{second:02d}" if minutes >= 60 else f"{minutes}:{second:02d}"
