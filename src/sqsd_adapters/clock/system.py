"""The machine's own clocks."""

import time


class SystemClock:
    """The one place that reads the machine's clocks.

    The methods are the machine's own functions, as they are called several times a message.
    """

    now = staticmethod(time.time)  # noqa: TID251 - this is the Clock that the ban points to
    monotonic = staticmethod(time.monotonic)  # noqa: TID251 - as above
