"""The default clock of the embedded queue: the event loop's own time, so that virtual time works unasked."""

import asyncio
import time


class LoopClock:
    """Answers the Clock port with the running loop's clock; without a loop, with the one loops use."""

    def now(self) -> float:
        # the layers keep adapters apart, so clock.system cannot be the default here
        return time.time()  # noqa: TID251 - the default of a queue that is given no Clock

    def monotonic(self) -> float:
        try:
            return asyncio.get_running_loop().time()
        except RuntimeError:
            return time.monotonic()  # noqa: TID251 - as above; asyncio's loops read this clock
