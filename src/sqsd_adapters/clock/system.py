"""The clocks of the machine."""

import time


class SystemClock:
    """The only place that reads the clocks of the machine.

    The methods are the functions of ``time`` themselves, because they are called several times per message.
    """

    now = staticmethod(time.time)  # noqa: TID251 - this is the Clock that the ban points to
    monotonic = staticmethod(time.monotonic)  # noqa: TID251 - as above
