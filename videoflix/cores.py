"""How many cores this process may really use."""

import os


def cores() -> int:
    """Those that the scheduler lets us run on; fewer than the machine has in a container or under taskset."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
