"""How much memory a run of ffmpeg may use: what films and renditions need, not what damaged films ask for."""

import re
import resource
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from videoflix.cores import cores
from videoflix.encoding.models import Rendition

# Address space in bytes. A film in 8K in three renditions took 1.0 GB with one decoder thread, 1.4 GB in 10 bits,
# and up to 0.3 GB per further thread (ProRes 4444).
BYTES, BYTES_PER_CORE = 2 * 1024**3, 256 * 1024**2
# Per pixel of renditions above 1080p. 1440p and 2160p together took 1.2 GB more with `veryfast` on two cores, and
# 2.6 GB with `slow` on eight.
BYTES_PER_PIXEL, USUAL_PIXELS = 300, 1920 * 1080
# The part of its memory that a process has used when the next frame does not fit.
NEAR = 0.8


class Memory(Struct, frozen=True):
    """A limit in bytes: of address space, or of data only (`is_data`)."""

    most: int
    is_data: bool = False

    @property
    def limits(self) -> dict[int, int]:
        """For setrlimit(2)."""
        return {resource.RLIMIT_DATA if self.is_data else resource.RLIMIT_AS: self.most}

    def is_nearly_used(self, process_id: int) -> bool:
        """Whether a running process has been near its limit. False if that is unknown."""
        with suppress(OSError):  # it has ended, or this is not Linux
            told = Path(f"/proc/{process_id}/status").read_text()
            used = re.search(rf"{'VmData' if self.is_data else 'VmPeak'}:\s+(\d+) kB", told)
            return used is not None and int(used[1]) * 1024 > NEAR * self.most
        return False


def memory_for(renditions: Iterable[Rendition] = (), *, is_hardware: bool = False) -> Memory:
    """The limit for a run that encodes these renditions, with a hardware encoder or not: drivers of graphics cards
    reserve far more address space than they use."""
    sizes = [rendition.width * rendition.height for rendition in renditions]
    large = sum(size for size in sizes if size > USUAL_PIXELS)
    return Memory(BYTES + cores() * BYTES_PER_CORE + BYTES_PER_PIXEL * large, is_data=is_hardware)
