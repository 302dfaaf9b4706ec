"""How many receives run side by side, how long each waits, and how long to pause after errors and empty answers.

* Receives side by side follow the answers. A receive that is at least half full doubles the limit, because the queue
  has more. A receive less than half full halves it. An empty one, one that took long and a failure set it to one. The
  limit recovers as answers fill up. No receive begins beside others that seem to wait.
* Only a receive that is alone and stays so waits for long, so that few are left soon after the queue has run empty.
* After empty answers that come at once, as those of short polls do, pauses double from a tenth of a second to one
  second. A message ends them.
* After errors, pauses grow from one second to thirty, with jitter.
"""

from sqsd_core.limits import SHORTEST_LONG_POLL
from sqsd_core.policy.backoff import backoff

MAX_RECEIVE_TIME = 1.0  # seconds; a longer one waited for its message
QUIET = 4.0  # receives long no answer came: those under way seem to wait for messages
SHORTEST_RECEIVE = 0.005  # seconds; what a receive counts as taking at least
WEIGHT = 0.2  # of the latest answer in an average
EMPTY_PAUSE, EMPTY_PAUSE_MAX = 0.1, 1.0  # seconds from one empty receive to the next, at least
PAUSE_BASE, PAUSE_MAX = 1.0, 30.0  # seconds


class Receives:
    """The receives of one queue; instants are monotonic seconds."""

    def __init__(self, *, receivers: int) -> None:
        """Take the number of receives that may be under way at most."""
        self._receivers = receivers
        self._errors = 0
        self._empty_pause = EMPTY_PAUSE
        self._side_by_side = 1
        self._answered_at = 0.0
        #: seconds of a receive that is at least half full; 0 until there was one
        self.time = 0.0
        #: seconds from an answer until its messages have their locks
        self.lock_time = 0.0
        #: seconds; computed when ``time`` changes, since each message may ask
        self._quiet_after = QUIET * SHORTEST_RECEIVE

    def side_by_side(self, now: float) -> int:
        """Receives that may be under way; ``now`` may be the instant of the worker's latest event."""
        return 1 if now - self._answered_at > self._quiet_after else self._side_by_side

    def wait(self, at_most: float, *, alone: bool) -> float:
        """Seconds that a receive waits for its first message."""
        return at_most if alone else min(at_most, SHORTEST_LONG_POLL)

    def answered(self, count: int, *, asked: int, took: float, now: float) -> float:
        """Learn from an answer that brought ``count`` messages after ``took`` seconds; returns the seconds to pause."""
        self._errors = 0
        self._answered_at = now
        if not count or took > MAX_RECEIVE_TIME:
            self._side_by_side = 1
        elif 2 * count < asked:
            self._side_by_side = max(1, self._side_by_side // 2)
        else:
            self._side_by_side = min(self._receivers, 2 * self._side_by_side)
            self.time += (took - self.time) * (WEIGHT if self.time else 1.0)
            self._quiet_after = QUIET * max(self.time, SHORTEST_RECEIVE)
        return self._rest(count, took)

    def locked(self, *, took: float) -> None:
        """Learn that the locks of an answer took so many seconds."""
        self.lock_time += (took - self.lock_time) * WEIGHT

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
