"""What a drain still runs: messages on their last receive, which would become dead letters if they were released."""

from collections.abc import Sequence

from sqsd_core.flow.delivery import Delivery
from sqsd_core.policy.ordering import Ordering


class LastTries:
    """Decides which messages of a queue still run when it receives nothing any more."""

    def __init__(self) -> None:
        self._ended = False

    def end(self) -> None:
        """From now on no message has time to run."""
        self._ended = True

    def wants(self, delivery: Delivery) -> bool:
        """Whether the message should run, since nothing would run it after a release."""
        return not self._ended and delivery.home.is_last(delivery.message)

    def split(self, deliveries: Sequence[Delivery]) -> tuple[Sequence[Delivery], Sequence[Delivery]]:
        """Those that should run, with what is in front of them in their FIFO groups, and those to be released."""
        line: Ordering[Delivery] = Ordering()
        for delivery in deliveries:
            line.add(delivery, delivery.message.group_id)
        released = line.clear(but=self.wants)
        return [delivery for delivery in deliveries if delivery not in released], released
