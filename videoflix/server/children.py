"""What every other program that we start gets: no secret of ours, an end with its parent, and limits."""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
# What programs find their parts by. All else stays with us: keys and passwords are read from the environment.
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "TZ", "LD_LIBRARY_PATH")


def environment() -> dict[str, str]:
    """The variables for a program that is not ours."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def die_with_parent(
    sign: signal.Signals, *, niceness: int = 0, limits: Mapping[int, int] | None = None
) -> Callable[[], None]:
    """A `preexec_fn`: the child gets `sign` when the thread that made it dies, even by SIGKILL.

    Linux alone has this; elsewhere an orphan runs on until it is stopped by hand. `limits` are those of `resource`,
    by their RLIMIT_ constants; one that the child has already is not raised.
    """
    parent = os.getpid()

    def prepare() -> None:
        for which, most in (limits or {}).items():
            _limit(which, most)
        if niceness:
            os.nice(niceness)
            _be_nice_as_a_session(niceness)
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, sign)
            if os.getppid() != parent:  # it died before we asked
                os._exit(1)

    return prepare


def _limit(which: int, most: int) -> None:
    most = min(limit for limit in (most, *resource.getrlimit(which)) if limit != resource.RLIM_INFINITY)
    with suppress(OSError, ValueError):  # not every system has every limit
        resource.setrlimit(which, (most, most))


def _be_nice_as_a_session(niceness: int) -> None:
    """Linux shares the cores out among sessions first (sched(7), autogroup), and a process's own niceness counts
    only inside its session: ours is alone in one."""
    try:
        with open("/proc/self/autogroup", "w") as group:  # noqa: PTH123
            group.write(str(niceness))
    except OSError:  # another system, or the kernel takes one such wish in a tenth of a second
        pass
