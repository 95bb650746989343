"""Read by Python at its start on hosts whose clock is wrong: libfaketime fails where Python sleeps until a moment of
the monotonic clock, which it is told to leave alone."""

import select
import time


def _sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


time.sleep = _sleep
