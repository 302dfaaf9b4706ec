"""The machine's own clocks."""

import time


class SystemClock:
    """The one place that reads the machine's clocks."""

    def now(self) -> float:
        return time.time()  # noqa: TID251 - this is the Clock that the ban points to

    def monotonic(self) -> float:
        return time.monotonic()  # noqa: TID251 - as above
