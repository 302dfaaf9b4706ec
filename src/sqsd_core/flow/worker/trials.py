"""The trial of a worker that was unavailable: which message it is, and what is held back to become one."""

from collections.abc import Callable, Iterable, Sequence

from sqsd_core.flow.delivery import Delivery, Home
from sqsd_core.policy.holding import Holding

#: takes a delivery that a stopped queue should keep; returns whether it does
Keep = Callable[[Delivery], bool]

SPARE = 1  # receives that an outage may cost a message before it runs; one that has had more is held


def has_spare(delivery: Delivery) -> bool:
    """Whether the message may lose one more receive without running."""
    return delivery.message.receive_count <= SPARE and not delivery.home.is_last(delivery.message)


def keep_nothing(_: Delivery) -> bool:
    """A queue that drains releases what cannot run."""
    return False


class Trials:
    """Gives one trial at a time: a held message by ``start``, or a fresh one that a fetcher asks for."""

    def __init__(self, *, start: Callable[[Sequence[Delivery]], None]) -> None:
        self._start = start
        self._holding: Holding[Delivery] = Holding()
        self._number = 0
        self._trial: Delivery | None = None
        #: the homes whose messages are held no more, with what keeps them instead
        self._gone: dict[Home, Keep] = {}
        #: messages that were held and are to be settled as after any failure
        self.put_off: list[Delivery] = []
        #: whether a fresh message is asked for that no fetcher has begun to receive
        self.wants_fresh = False

    def __len__(self) -> int:
        return len(self._holding)

    def is_trial(self, delivery: Delivery) -> bool:
        return delivery is self._trial

    def hold(self, delivery: Delivery, *, now: float, dropped: bool) -> bool:
        """Keep a message that could not be run; False where its queue is stopped and does not keep it either."""
        delivery.began = 0.0
        if (keep := self._gone.get(delivery.home)) is not None:
            return keep(delivery)
        self._holding.hold(delivery, now=now, dropped=dropped)
        return True

    def keep(self, deliveries: Iterable[Delivery], *, now: float) -> list[Delivery]:
        """Hold those that have no receive to spare, of a FIFO group only the first; returns the others."""
        groups: set[str] = set()
        rest = []
        for delivery in deliveries:
            message = delivery.message
            first = message.group_id is None or message.group_id not in groups
            if message.group_id is not None:
                groups.add(message.group_id)
            if not first or has_spare(delivery) or not self.hold(delivery, now=now, dropped=False):
                rest.append(delivery)
        return rest

    def keep_unordered(self, deliveries: Sequence[Delivery], *, now: float) -> list[Delivery]:
        """The same for messages that waited behind others; none of a FIFO group, since its first one may be running."""
        grouped = [delivery for delivery in deliveries if delivery.message.group_id is not None]
        return [*grouped, *self.keep((d for d in deliveries if d.message.group_id is None), now=now)]

    def begin(self) -> None:
        """The worker was reached: give a trial."""
        self._number += 1
        self._give(self._holding.next(trial=self._number))

    def fresh(self, delivery: Delivery) -> None:
        """A receive brought the trial."""
        self._trial = delivery

    def nothing_came(self) -> None:
        """The receive for the trial brought nothing to run."""
        self._give(self._holding.any())

    def failed(self, delivery: Delivery, *, now: float, dropped: bool, trusted: bool) -> bool:
        """The trial failed: hold it again where it is trusted, and put off what is overdue; whether it is held."""
        self._trial = None
        held = trusted and self.hold(delivery, now=now, dropped=dropped)
        if not held:
            self._holding.forget(delivery)
        gone = self._holding.overdue(now=now)
        self.put_off.extend(other for other in gone if other is not delivery)
        return held and delivery not in gone

    def lost(self, deliveries: Iterable[Delivery]) -> None:
        """Give the trial again, should one of these have been it: they end without an outcome."""
        for delivery in deliveries:
            self._holding.forget(delivery)
            if delivery is self._trial:
                self._give(self._holding.any())

    def expire(self, *, now: float) -> None:
        """Put off what the queue shows to others by now."""
        for delivery in self._holding:
            if delivery.invisible_until <= now:
                self._holding.forget(delivery)
                self.put_off.append(delivery)

    def succeeded(self, delivery: Delivery) -> None:
        """The worker is back: what is held runs."""
        self._number = 0
        self._trial = None
        self._holding.forget(delivery)
        if held := self._holding.clear():
            self._start(held)

    def stop(self, home: Home, *, keep: Keep) -> Sequence[Delivery]:
        """Hold nothing of this home from now on; returns what was held."""
        self._gone[home] = keep
        gone = [delivery for delivery in (*self._holding, *self.put_off) if delivery.home is home]
        for delivery in gone:
            self._holding.forget(delivery)
        self.put_off = [delivery for delivery in self.put_off if delivery.home is not home]
        return gone

    def forget(self, home: Home) -> None:
        """The home is gone for good."""
        self._gone.pop(home, None)

    def _give(self, delivery: Delivery | None) -> None:
        self._trial = delivery
        self.wants_fresh = delivery is None
        if delivery is not None:
            self._start([delivery])
