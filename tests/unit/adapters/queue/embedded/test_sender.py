"""The embedded queue as a sender: the port's conformance."""

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.sender import EmbeddedSender
from sqsd_adapters.testing.sender_suite import FifoSenderSuite, SenderSuite


class TestEmbeddedSender(SenderSuite):
    @pytest.fixture
    async def queue(self) -> EmbeddedQueue:
        return EmbeddedQueue()

    @pytest.fixture
    def sender(self, queue: EmbeddedQueue) -> EmbeddedSender:
        return EmbeddedSender(queue=queue)


class TestEmbeddedFifoSender(FifoSenderSuite):
    @pytest.fixture
    async def queue(self) -> EmbeddedQueue:
        return EmbeddedQueue(name="jobs.fifo")

    @pytest.fixture
    def sender(self, queue: EmbeddedQueue) -> EmbeddedSender:
        return EmbeddedSender(queue=queue)
