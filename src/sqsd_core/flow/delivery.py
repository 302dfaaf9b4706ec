"""One receive of one message, from the receive to its settlement."""

from dataclasses import dataclass

from sqsd_core.message import Message, ReceiptHandle
from sqsd_core.policy.locking import Lock


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """A message in our hands. Instants are monotonic seconds."""

    message: Message
    #: the latest one, should the message be delivered to us again meanwhile: only it deletes for certain
    receipt: ReceiptHandle
    lock: Lock
    received_at: float
    #: until then nobody else receives it; the heartbeat moves it on
    invisible_until: float

    def held(self, now: float) -> float:
        """Seconds since the receive."""
        return now - self.received_at
