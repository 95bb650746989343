"""Read by Python at its start on hosts whose clock is wrong: libfaketime fails where Python sleeps until a moment of
the monotonic clock, which it is told to leave alone."""

import select
import time
from typing import SupportsIndex


def _sleep(seconds: float | SupportsIndex) -> None:
    select.select([], [], [], float(seconds))


time.sleep = _sleep
