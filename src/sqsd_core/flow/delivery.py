"""One delivery of one message, from the receive to the settlement."""

from dataclasses import dataclass

from sqsd_core.message import Message, ReceiptHandle
from sqsd_core.policy.locking import Lock


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """A message that this daemon holds. Instants are monotonic seconds."""

    message: Message
    #: the newest one, if the message is delivered here again: SQS may ignore a delete with an older one
    receipt: ReceiptHandle
    lock: Lock
    received_at: float
    #: until then no other consumer receives the message; the heartbeat extends it
    invisible_until: float

    def held(self, now: float) -> float:
        """Seconds since the receive."""
        return now - self.received_at
