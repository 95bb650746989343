"""Options for child processes: an environment without secrets, termination with the parent, and resource limits."""

import ctypes
import functools
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

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


def die_with_parent(sign: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the child gets the signal `sign` when the thread that started it dies, even by SIGKILL.

    This works on Linux only; elsewhere an orphan keeps running until it is stopped by hand. Python forks itself for
    it, which takes the longer the more memory it has: see `confined` for programs that are started often.
    """
    parent = os.getpid()

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, sign)
            if os.getppid() != parent:  # it died before prctl
                os._exit(1)

    return prepare


def confined(arguments: list[str], *, niceness: int, limits: Mapping[int, int]) -> list[str]:
    """The command that runs a program with that niceness and those limits, and kills it when the thread that started
    it dies.

    `limits` maps some RLIMIT_ constants of `resource` to soft and hard limits; lower limits that apply already are
    kept. Programs of coreutils and util-linux do it, one after the other in the same process. Those that the system
    does not have, or that do not know these options, as BusyBox's, are left out.
    """
    programs = {
        "nice": ["-n", str(niceness)],
        "prlimit": [f"{_OPTIONS[which]}={_lowest(which, most)}" for which, most in limits.items()],
        "setpriv": ["--pdeathsig", "KILL"],
    }
    return [*(word for name, options in programs.items() for word in _prefix(name, *options)), *arguments]


def be_nice_as_a_session(process_id: int, niceness: int) -> None:
    """Set the niceness of a process's session. Linux divides CPU time between sessions first (autogroup in sched(7)),
    and a process's own niceness only counts within its session."""
    with suppress(OSError):  # not Linux, or changed less than 0.1 s ago, which the kernel refuses
        Path(f"/proc/{process_id}/autogroup").write_text(str(niceness))


_OPTIONS = {
    resource.RLIMIT_AS: "--as",
    resource.RLIMIT_DATA: "--data",
    resource.RLIMIT_FSIZE: "--fsize",
    resource.RLIMIT_CORE: "--core",
}


@functools.cache
def _prefix(name: str, *options: str) -> tuple[str, ...]:
    """A program that runs another one, with its options; nothing if it does not work here."""
    path = shutil.which(name)
    if path is None or subprocess.run([path, *options, "true"], capture_output=True, check=False).returncode:
        return ()
    return path, *options


def _lowest(which: int, most: int) -> int:
    return min(limit for limit in (most, *resource.getrlimit(which)) if limit != resource.RLIM_INFINITY)
