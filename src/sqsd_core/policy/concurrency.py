"""How many slots a worker uses: half of them when it says that it is full, one more after each clean window.

======================  ========================  =========================================================
an invocation ended     that began                the slots in use
======================  ========================  =========================================================
full                    since the latest cut      halved, at least 1: a cut; a window begins
full                    before it                 as they are: all of one burst count once
clean                   since the latest cut      counted while all are in use; the last of a window adds 1
clean                   before it                 as they are: it ran beside more than run now
======================  ========================  =========================================================

Full is an answer 429 or 503, or a time-out: what has ``full`` set in its outcome. Every other answer is clean. What
says nothing of how much the worker can take, such as a refused connection, is not told here.

A window is as many clean invocations as there are slots in use, and lasts ``SHORTEST`` at least. Without that minimum,
quick jobs would reach the limit of their worker many times per second. At first all slots are in use, which is what the
worker gets without this.
"""

from math import inf

SHORTEST = 1.0  # seconds


class Concurrency:
    """Additive increase, multiplicative decrease, between 1 and ``slots``; instants are seconds of one clock."""

    def __init__(self, *, slots: int) -> None:
        self._most = slots
        #: the slots in use
        self.slots = slots
        self._cut_at = self._window_at = -inf
        self._clean = 0

    def __repr__(self) -> str:
        return f"<Concurrency {self.slots} of {self._most} slots>"

    def ended(self, *, full: bool, began: float, now: float, running: int) -> int:
        """Learn from an invocation that ended beside ``running - 1`` others; returns the slots to use from now on."""
        if began < self._cut_at:
            return self.slots
        if full:
            self._cut_at = now
            self._use(max(1, self.slots // 2), now)
        elif running >= self.slots < self._most:
            self._clean += 1
            if self._clean >= self.slots and now - self._window_at >= SHORTEST:
                self._use(self.slots + 1, now)
        return self.slots

    def _use(self, slots: int, now: float) -> None:
        self.slots, self._clean, self._window_at = slots, 0, now
