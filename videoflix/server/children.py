"""Options for child processes: an environment without secrets, termination with the parent, and resource limits."""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
# All other variables are withheld: our environment contains keys and passwords.
_PASSED_ON = (
    *("PATH", "HOME", "TMPDIR", "TZ", "LD_LIBRARY_PATH"),
    *("LIBVA_DRIVER_NAME", "LIBVA_DRIVERS_PATH", "CUDA_VISIBLE_DEVICES"),  # where a hardware encoder is
)


def environment() -> dict[str, str]:
    """The environment variables for a program that is not ours."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def die_with_parent(
    sign: signal.Signals, *, niceness: int = 0, limits: Mapping[int, int] | None = None
) -> Callable[[], None]:
    """A `preexec_fn`: the child gets the signal `sign` when the thread that started it dies, even by SIGKILL.

    This works on Linux only; elsewhere an orphan keeps running until it is stopped by hand. `limits` maps the RLIMIT_
    constants of `resource` to soft and hard limits; lower limits that apply already are kept.
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
            if os.getppid() != parent:  # it died before prctl
                os._exit(1)

    return prepare


def _limit(which: int, most: int) -> None:
    most = min(limit for limit in (most, *resource.getrlimit(which)) if limit != resource.RLIM_INFINITY)
    with suppress(OSError, ValueError):  # not every system supports every limit
        resource.setrlimit(which, (most, most))


def _be_nice_as_a_session(niceness: int) -> None:
    """Set the niceness of our session. Linux divides CPU time between sessions first (autogroup in sched(7)), and a
    process's own niceness only counts within its session."""
    try:
        with open("/proc/self/autogroup", "w") as group:  # noqa: PTH123
            group.write(str(niceness))
    except OSError:  # not Linux, or changed less than 0.1 s ago, which the kernel refuses
        pass
