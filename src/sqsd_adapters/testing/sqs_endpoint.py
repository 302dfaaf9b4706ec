"""The address of an embedded SQS, which also makes its queues."""

from typing import Self

from sqsd_adapters.testing.sqs_thread import SqsThread, SqsThreadQueue


class SqsEndpoint(str):
    """A URL for ``endpoint_url`` of an SDK."""

    __slots__ = ("_thread",)
    _thread: SqsThread

    @classmethod
    def of(cls, thread: SqsThread) -> Self:
        """The address of a server that runs."""
        endpoint = cls(thread.url)
        endpoint._thread = thread
        return endpoint

    def queue(self, name: str = "jobs", *, max_receive_count: int | None = None) -> SqsThreadQueue:
        """Create a queue, or find it; ``max_receive_count`` gives a new one a dead-letter queue."""
        return self._thread.queue(name, max_receive_count=max_receive_count)
