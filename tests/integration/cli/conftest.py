"""A queue in a server, a worker, and the environment of a daemon between the two."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.raw_worker import RawWorker
from tests.support.command import CREDENTIALS, until
from tests.support.embedded import embedded_server
from tests.support.ports import unused_port


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What stands around a daemon."""

    queue: EmbeddedQueue
    queue_url: str
    worker: RawWorker

    @property
    def env(self) -> dict[str, str]:
        return {
            **CREDENTIALS,
            "AWS_REGION": "eu-west-1",
            "QUEUE_URL": self.queue_url,
            "INVOKER_URL": self.worker.url,
            "FETCHER_WAIT_TIME": "1s",
            "MONITORING_PORT": "-1",
        }

    async def empty(self) -> None:
        """Wait until the queue holds nothing."""
        await until(lambda: self.queue.is_empty)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with embedded_server() as server, RawWorker() as worker:
        yield House(queue=EmbeddedQueue(sqs=server.sqs, name="jobs"), queue_url=server.queue_url("jobs"), worker=worker)


@pytest.fixture
def free_port() -> int:
    return unused_port()
