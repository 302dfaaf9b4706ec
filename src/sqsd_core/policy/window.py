"""How many messages a worker holds, and how many to ask for now.

* The window: running + startable + asked for never exceeds slots + prefetch, so nothing is received that could not
  start soon. Messages that wait behind their own FIFO group do not count: they are at most one receive per group.
* The busy latch: no receive while the window is full. The next one waits until enough of it is free to be worth a
  call: a full answer while no slot is idle, half the slots while one is. A slot that would stay idle meanwhile waits
  for a small part of a job's duration at most.
* Prefetch is Little's law: what the slots can complete per second × the time of a receive and its locks, both measured.
  It is 0 for slow jobs, whose slots lose little while they wait and whose buffered messages would use up their
  visibility. Jobs that still run count as well, so that it falls before the first slow job has ended.
"""

from math import ceil, exp

from sqsd_core.policy.receives import SHORTEST_RECEIVE

MAX_PREFETCH = 1_024
MAX_PATIENCE = 1.0  # seconds
PATIENCE = 0.05  # share of a job's duration for which a free slot may wait for a fuller receive
SLOW = 20.0  # a job that lasts 20 receives or more is slow: a slot idle for one receive then loses under 5 %
MARGIN = 1.5  # receives ahead, since their times scatter
SLACK = 0.005  # seconds ahead, since completions come in bursts
MEMORY = 0.5  # seconds after which a measurement has lost most of its weight
STEP = 0.005  # seconds between two measurements of the jobs, at least


class Window:
    """The messages of one worker: running, startable and asked for; instants are monotonic seconds."""

    def __init__(self, *, slots: int, max_messages: int = 1) -> None:
        self._slots = slots
        self._max_messages = self._worth = 1
        self.allow(max_messages)
        self._running = 0
        self._measured_at = 0.0
        #: slot seconds since then, as if nothing that runs had run since then, and completions
        self._ran = 0.0
        self._ended = 0
        #: slot seconds and completions of the recent past: both fade
        self._busy = self._completions = 0.0
        self._job_time = 0.0
        #: when a job began or ended last
        self.changed_at = 0.0
        #: seconds of a receive, until its messages may start; 0 until one was measured
        self.receive_time = 0.0
        #: messages held beyond the slots
        self.prefetch = 0

    def allow(self, max_messages: int) -> None:
        """Let a receive ask for so many; the most that any queue of the worker allows counts."""
        self._max_messages = max(self._max_messages, max_messages)
        self._worth = max(1, min(self._max_messages, (self._slots + 1) // 2))

    def resize(self, slots: int) -> None:
        """Hold messages for so many slots from now on."""
        self._slots = slots
        self.allow(self._max_messages)

    def want(self, *, used: int, patient: bool) -> int:
        """Messages to ask for now; 0 is not yet.

        ``used`` messages run, are startable or asked for. ``patient``: a free slot can wait for a fuller receive.
        """
        room = self._slots + self.prefetch - used
        idle = used < self._slots
        worth = self._worth if idle else min(self._max_messages, self.prefetch)
        if room <= 0 or (room < worth and (patient or not idle)):
            return 0
        return min(room, self._max_messages)

    def patience(self) -> float:
        """Seconds that a free slot may wait for others to become free as well."""
        return min(MAX_PATIENCE, PATIENCE * self._job_time)

    def started(self, now: float) -> None:
        """Count a job that begins."""
        self.changed_at = now
        self._running += 1
        self._ran -= now - self._measured_at

    def ended(self, now: float) -> None:
        """Count a job that is over."""
        self.changed_at = now
        self._running -= 1
        elapsed = now - self._measured_at
        self._ran += elapsed
        self._ended += 1
        if elapsed >= STEP:
            self._measure(now)

    def _measure(self, now: float) -> None:
        elapsed = now - self._measured_at
        kept = exp(-elapsed / MEMORY)
        weight = (1.0 - kept) * MEMORY / elapsed  # what happened is spread over the time that has passed
        ran = max(0.0, self._ran + self._running * elapsed)  # of jobs that take no time, rounding may leave less
        self._busy = self._busy * kept + ran * weight
        self._completions = self._completions * kept + self._ended * weight
        self._measured_at, self._ran, self._ended = now, 0.0, 0
        self._job_time = self._busy / self._completions
        self.prefetch = self._little()

    def _little(self) -> int:
        if not self._job_time or self._job_time > SLOW * max(self.receive_time, SHORTEST_RECEIVE):
            return 0
        rate = self._slots / self._job_time
        # A few quick jobs prove nothing: hold no more than was completed recently.
        return min(MAX_PREFETCH, ceil(rate * (MARGIN * self.receive_time + SLACK)), ceil(2 * self._completions))
