"""The observer counts what failed, and keeps what the port promises."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from examples.statsd_observer import FailureCounter
from sqsd import Failed, Succeeded
from sqsd_adapters.testing import EmbeddedQueue, ObserverSuite, ScriptedInvoker, work_off


@pytest.fixture
def statsd() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        yield server


@pytest.fixture
def counter(statsd: socket.socket) -> Iterator[FailureCounter]:
    host, port = statsd.getsockname()
    with closing(FailureCounter(host=host, port=port)) as counter:
        yield counter


class TestFailureCounter(ObserverSuite):
    @pytest.fixture
    def observer(self, counter: FailureCounter) -> FailureCounter:
        return counter


async def test_each_failure_is_counted(counter: FailureCounter, statsd: socket.socket) -> None:
    queue = EmbeddedQueue()
    queue.send("order 7")
    job = ScriptedInvoker({"order 7": [Failed("not paid"), Succeeded()]})
    await work_off(queue, job, observers=[counter])
    statsd.settimeout(0)
    assert statsd.recv(100) == b"sqsd.Failed:1|c"
    with pytest.raises(BlockingIOError):
        statsd.recv(100)
