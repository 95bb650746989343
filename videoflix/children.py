"""What a child process does before it becomes another program: end with its parent, and stay modest."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def bound_to_parent(sign: signal.Signals, *, niceness: int = 0) -> Callable[[], None]:
    """A `preexec_fn`: the child gets `sign` when the thread that made it dies, even by SIGKILL.

    Linux alone has this; elsewhere an orphan runs on until it is stopped by hand.
    """
    parent = os.getpid()

    def prepare() -> None:
        if niceness:
            os.nice(niceness)
            _be_nice_as_a_session(niceness)
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, sign)
            if os.getppid() != parent:  # it died before we asked
                os._exit(1)

    return prepare


def _be_nice_as_a_session(niceness: int) -> None:
    """Linux shares the cores out among sessions first (sched(7), autogroup), and a process's own niceness counts
    only inside its session: ours is alone in one."""
    try:
        with open("/proc/self/autogroup", "w") as group:  # noqa: PTH123
            group.write(str(niceness))
    except OSError:  # another system, or the kernel takes one such wish in a tenth of a second
        pass
