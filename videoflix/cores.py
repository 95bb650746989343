"""The number of CPU cores that this process may use."""

import os


def cores() -> int:
    """May be fewer than the machine has: in a container with a CPU set, or under taskset."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
