"""How many messages to ask for, how many receives side by side, how long to pause after errors.

* The window: running + startable + asked for never exceeds slots + prefetch, so nothing is received that could not
  start soon. (Messages that wait behind their own FIFO group do not count: they are at most a receive a group.)
* The busy latch: no receive while the window is full; the next one waits until enough of it is free to be worth a
  call: a full answer while no slot is idle, half the slots while one is. A slot that would stay idle meanwhile waits
  for a small part of a job's duration at most.
* Prefetch is Little's law: completions a second × the time of a receive, both measured; 0 for slow jobs, whose slots
  lose little while they wait and whose buffered messages would burn their visibility.
* Receives run side by side while the queue is hot, that is while the latest answer brought messages; an empty queue
  or one that fails gets one at a time.
* An empty answer that came at once, as short polls do, is followed by a short pause, so that nothing spins.
* After errors, pauses grow from one second to thirty, with jitter.
"""

from math import ceil, exp

from sqsd_core.policy.backoff import backoff

MAX_PREFETCH = 1_024
MAX_PATIENCE = 1.0  # seconds
PATIENCE = 0.05  # of a job's duration: what a free slot may lose for a fuller receive
SLOW = 20.0  # a job that lasts so many receives is slow: a slot idle for one receive loses under 5 %
MARGIN = 2.0  # receives ahead, since their times scatter
SLACK = 0.01  # seconds ahead, since completions come in bursts
MAX_RECEIVE_TIME = 1.0  # seconds; a longer one waited for a message, which tells nothing of the trip
MEMORY = 0.5  # seconds after which a measurement has lost most of its weight
EMPTY_PAUSE = 0.1  # seconds from one empty receive to the next, at least
PAUSE_BASE, PAUSE_MAX = 1.0, 30.0  # seconds


class Fetching:
    """The policy with what it has measured; instants are monotonic seconds."""

    def __init__(self, *, slots: int, receivers: int, max_messages: int) -> None:
        self._slots = slots
        self._receivers = receivers
        self._max_messages = max_messages
        self._worth = max(1, min(max_messages, (slots + 1) // 2))
        self._hot = False
        self._errors = 0
        self._rate = 0.0
        self._receive_time = 0.0
        self._completed = 0
        self._sampled_at: float | None = None
        #: messages held beyond the slots; recomputed with each sample
        self.prefetch = 0

    @property
    def receivers(self) -> int:
        """Receives that may be under way side by side."""
        return self._receivers if self._hot else 1

    def want(self, *, running: int, startable: int, asked: int, patient: bool) -> int:
        """Messages to ask for now; 0 is not yet. ``patient``: a free slot can wait for a fuller receive."""
        used = running + startable + asked
        room = self._slots + self.prefetch - used
        idle = used < self._slots
        worth = self._worth if idle else min(self._max_messages, self.prefetch)
        if room <= 0 or (room < worth and (patient or not idle)):
            return 0
        return min(room, self._max_messages)

    def patience(self, running: int) -> float:
        """Seconds that a free slot may wait for others to become free as well."""
        return min(MAX_PATIENCE, PATIENCE * running / self._rate) if self._rate else 0.0

    def completed(self) -> None:
        """Count one finished job."""
        self._completed += 1

    def received(self, count: int, *, took: float, now: float, running: int) -> float:
        """Learn from an answer that brought ``count`` messages after ``took`` seconds; returns the seconds to pause."""
        self._errors = 0
        if self._hot and count and took < MAX_RECEIVE_TIME:
            self._receive_time += (took - self._receive_time) * (0.2 if self._receive_time else 1.0)
        self._hot = count > 0
        self._sample(now, running)
        return 0.0 if count else max(0.0, EMPTY_PAUSE - took)

    def failed(self, *, random: float) -> float:
        """Learn from a receive that failed; returns the seconds to pause."""
        self._hot = False
        self._errors += 1
        return backoff(self._errors + 1, base=PAUSE_BASE, maximum=PAUSE_MAX, random=random)

    def _sample(self, now: float, running: int) -> None:
        if self._sampled_at is None:
            self._sampled_at, self._completed = now, 0
            return
        elapsed = now - self._sampled_at
        if elapsed <= 0.0:
            return
        rate, weight = self._completed / elapsed, 1.0 - exp(-elapsed / MEMORY)
        self._rate += (rate - self._rate) * (weight if self._rate else 1.0)
        self._sampled_at, self._completed = now, 0
        self.prefetch = self._little(running)

    def _little(self, running: int) -> int:
        slow = not self._rate or running / self._rate > SLOW * max(self._receive_time, SLACK)
        if slow:
            return 0
        return min(MAX_PREFETCH, ceil(self._rate * (MARGIN * self._receive_time + SLACK)))
