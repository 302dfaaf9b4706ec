"""How many messages to ask for, how many receives side by side, how long to pause after errors.

* The window: running + startable + asked for never exceeds slots + prefetch, so nothing is received that could not
  start soon. Messages that wait behind their own FIFO group do not count: they are at most one receive per group.
* The busy latch: no receive while the window is full. The next one waits until enough of it is free to be worth a
  call: a full answer while no slot is idle, half the slots while one is. A slot that would stay idle meanwhile waits
  for a small part of a job's duration at most.
* Prefetch is Little's law: what the slots can complete per second × the time of a receive, both measured. It is 0 for
  slow jobs, whose slots lose little while they wait and whose buffered messages would use up their visibility. Jobs
  that still run count as well, so that it falls before the first slow job has ended.
* Receives side by side follow the answers. A receive that is at least half full doubles the limit, because the queue
  has more. A receive less than half full halves it. An empty one, one that took long and a failure set it to one. The
  limit recovers as answers fill up. No receive begins beside others that seem to wait.
* Only a receive that is alone and stays so waits for long, so that few are left soon after the queue has run empty.
* After empty answers that come at once, as those of short polls do, pauses double from a tenth of a second to one
  second. A message ends them.
* After errors, pauses grow from one second to thirty, with jitter.
"""

from math import ceil, exp

from sqsd_core.policy.backoff import backoff

MAX_PREFETCH = 1_024
MAX_PATIENCE = 1.0  # seconds
PATIENCE = 0.05  # of a job's duration: what a free slot may lose for a fuller receive
SLOW = 20.0  # a job that lasts so many receives is slow: a slot idle for one receive loses under 5 %
MARGIN = 1.5  # receives ahead, since their times scatter
SLACK = 0.005  # seconds ahead, since completions come in bursts
MAX_RECEIVE_TIME = 1.0  # seconds; a longer one waited for its message
QUIET = 4.0  # receives long no answer came: those under way seem to wait for messages
SIDE_WAIT = 1.0  # seconds; SQS: the shortest wait that asks all of its servers
MEMORY = 0.5  # seconds after which a measurement has lost most of its weight
STEP = 0.005  # seconds between two measurements of the jobs, at least
EMPTY_PAUSE, EMPTY_PAUSE_MAX = 0.1, 1.0  # seconds from one empty receive to the next, at least
PAUSE_BASE, PAUSE_MAX = 1.0, 30.0  # seconds


class Fetching:
    """The policy with what it has measured; instants are monotonic seconds."""

    def __init__(self, *, slots: int, receivers: int, max_messages: int) -> None:
        self._slots = slots
        self._receivers = receivers
        self._max_messages = max_messages
        self._worth = max(1, min(max_messages, (slots + 1) // 2))
        self._errors = 0
        self._empty_pause = EMPTY_PAUSE
        self._receive_time = 0.0
        self._running = 0
        self._measured_at = 0.0
        #: slot seconds since then, as if nothing that runs had run since then, and completions
        self._ran = 0.0
        self._ended = 0
        #: slot seconds and completions of the recent past: both fade
        self._busy = self._completions = 0.0
        self._job_time = 0.0
        self._side_by_side = 1
        #: the latest answer, and the latest event of any kind
        self._answered_at = self._now = 0.0
        #: messages held beyond the slots
        self.prefetch = 0

    @property
    def receivers(self) -> int:
        """Receives that may be under way side by side."""
        quiet = self._now - self._answered_at > QUIET * max(self._receive_time, SLACK)
        return 1 if quiet else self._side_by_side

    def want(self, *, running: int, startable: int, asked: int, patient: bool) -> int:
        """Messages to ask for now; 0 is not yet. ``patient``: a free slot can wait for a fuller receive."""
        used = running + startable + asked
        room = self._slots + self.prefetch - used
        idle = used < self._slots
        worth = self._worth if idle else min(self._max_messages, self.prefetch)
        if room <= 0 or (room < worth and (patient or not idle)):
            return 0
        return min(room, self._max_messages)

    def patience(self) -> float:
        """Seconds that a free slot may wait for others to become free as well."""
        return min(MAX_PATIENCE, PATIENCE * self._job_time)

    def wait(self, at_most: float, *, alone: bool) -> float:
        """Seconds that a receive waits for its first message."""
        return at_most if alone and self.receivers == 1 else min(at_most, SIDE_WAIT)

    def started(self, now: float) -> None:
        """Count a job that begins."""
        self._now = now
        self._running += 1
        self._ran -= now - self._measured_at

    def ended(self, now: float) -> None:
        """Count a job that is over."""
        self._now = now
        self._running -= 1
        self._ran += now - self._measured_at
        self._ended += 1
        if now - self._measured_at >= STEP:
            self._measure(now)

    def received(self, count: int, *, asked: int, took: float, now: float) -> float:
        """Learn from an answer that brought ``count`` messages after ``took`` seconds; returns the seconds to pause."""
        self._errors = 0
        self._answered_at = self._now = now
        if not count or took > MAX_RECEIVE_TIME:
            self._side_by_side = 1
        elif 2 * count < asked:
            self._side_by_side = max(1, self._side_by_side // 2)
        else:
            self._side_by_side = min(self._receivers, 2 * self._side_by_side)
            self._receive_time += (took - self._receive_time) * (0.2 if self._receive_time else 1.0)
        return self._rest(count, took)

    def failed(self, *, random: float) -> float:
        """Learn from a receive that failed; returns the seconds to pause."""
        self._side_by_side = 1
        self._errors += 1
        return backoff(self._errors + 1, base=PAUSE_BASE, maximum=PAUSE_MAX, random=random)

    def _rest(self, count: int, took: float) -> float:
        if count:
            self._empty_pause = EMPTY_PAUSE
            return 0.0
        pause, self._empty_pause = self._empty_pause, min(EMPTY_PAUSE_MAX, 2 * self._empty_pause)
        return max(0.0, pause - took)

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
        if not self._job_time or self._job_time > SLOW * max(self._receive_time, SLACK):
            return 0
        rate = self._slots / self._job_time
        # A quick job or two are no promise: no more is held than was completed of late.
        return min(MAX_PREFETCH, ceil(rate * (MARGIN * self._receive_time + SLACK)), ceil(2 * self._completions))
