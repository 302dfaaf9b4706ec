"""The conformance suite of the Queue port: subclass it, and provide a queue and a way to send to it."""

from sqsd_adapters.testing.queue_suite.fifo import FifoQueueSuite
from sqsd_adapters.testing.queue_suite.hooks import ATTRIBUTES, LONG, SHORT, TEXT, Send, receive_all
from sqsd_adapters.testing.queue_suite.receiving import Receiving
from sqsd_adapters.testing.queue_suite.settling import Settling

__all__ = ["ATTRIBUTES", "LONG", "SHORT", "TEXT", "FifoQueueSuite", "QueueSuite", "Send", "receive_all"]


class QueueSuite(Receiving, Settling):
    """Every promise of the Queue port, for a standard queue.

    A subclass provides the fixtures ``queue`` and ``send``, fresh for each test::

        class TestMine(QueueSuite):
            @pytest.fixture
            async def queue(self):
                async with MyQueue(...) as queue:
                    yield queue

            @pytest.fixture
            def send(self, queue):
                async def send(body, attributes=None, group_id=None):
                    ...
                return send
    """
