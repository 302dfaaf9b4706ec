"""How often the queue delivers a message before it goes to the dead-letter queue, once the queue has said so."""

from sqsd_core.message import Message


class Redrive:
    """Knows the last try."""

    def __init__(self) -> None:
        #: the queue's maxReceiveCount; None without a dead-letter queue, or where it is not known
        self.max_receive_count: int | None = None

    def is_last(self, message: Message) -> bool:
        """Whether SQS moves the message to the dead-letter queue instead of delivering it again."""
        return self.max_receive_count is not None and message.receive_count >= self.max_receive_count
