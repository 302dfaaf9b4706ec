"""The testing kit in unittest: no plugin and no fixture is needed."""

import tempfile
import unittest
from pathlib import Path

from examples.shipping import Shipping
from sqsd_adapters.testing import DaemonProcess, EmbeddedQueue, RecordingWorker, SqsThread, in_virtual_time, work_off


class ShippingTest(unittest.TestCase):
    @in_virtual_time
    async def test_an_order_that_cannot_be_read_ends_in_the_dead_letter_queue(self) -> None:
        queue = EmbeddedQueue(max_receive_count=3)
        queue.send("not JSON")
        board = await work_off(queue, Shipping())
        self.assertEqual(board.outcomes, {"Failed": 3})
        self.assertEqual(queue.dead_letters, ["not JSON"])


class WorkerTest(unittest.TestCase):
    def test_a_message_is_posted_to_the_worker(self) -> None:
        sqs, worker = self.enterContext(SqsThread()), self.enterContext(RecordingWorker())
        queue = sqs.queue("orders")
        log = Path(self.enterContext(tempfile.TemporaryDirectory())) / "sqsd.log"
        self.enterContext(DaemonProcess(log=log, queue=queue, variables={"INVOKER_URL": worker.url}))
        queue.send("order 7")
        queue.wait_until_empty()
        self.assertEqual(worker.bodies, ["order 7"])
