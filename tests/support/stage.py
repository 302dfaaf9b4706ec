"""The stage of a fault test: an embedded SQS, a recording worker, and a proxy in front of each."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqsd_adapters.queue.embedded.faults import Faults
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs
from sqsd_adapters.queue.embedded.store import MessageStore
from tests.support.command import CREDENTIALS, until
from tests.support.fault_proxy import FaultProxy
from tests.support.ledger import Ledger
from tests.support.recording_worker import DAEMON_HEADER, RecordingWorker

ROOT = Path(__file__).parents[2]
POLL = "ReceiveMessage"
DELETE = "DeleteMessageBatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Daemons reach SQS and the worker through proxies that let everything through until they are told otherwise."""

    queue: EmbeddedQueue
    server: EmbeddedSqsServer
    sqs_proxy: FaultProxy
    worker: RecordingWorker
    worker_proxy: FaultProxy
    ledger: Ledger

    @property
    def env(self) -> dict[str, str]:
        """The environment of a daemon, with time-outs for the impatient."""
        return {
            **CREDENTIALS,
            "AWS_REGION": "eu-west-1",
            "QUEUE_URL": f"http://127.0.0.1:{self.sqs_proxy.port}/000000000000/{self.queue.name}",
            "INVOKER_URL": f"http://127.0.0.1:{self.worker_proxy.port}/jobs",
            "ERROR_VISIBILITY_TIMEOUT": "0s",
            "ERROR_VISIBILITY_TIMEOUT_MAX": "0s",
            "FETCHER_WAIT_TIME": "1s",
            "MONITORING_PORT": "-1",
        }

    def inside(self, job: str) -> dict[str, str]:
        """The same, for a daemon that runs a job of ``tests.support.jobs`` in its own process."""
        return {**self.env, "INVOKER_URL": "", "INVOKER": f"tests.support.jobs:{job}", "PYTHONPATH": str(ROOT)}

    @property
    def faults(self) -> Faults:
        """The switches of the embedded SQS."""
        return self.server.faults

    @property
    def calls(self) -> int:
        """Calls that the embedded SQS was asked for, refused ones included."""
        return self.faults.calls.total()

    @property
    def deliveries(self) -> list[int]:
        """The receive count of each message that is still in the queue."""
        return [message.receive_count for message in self._store.shelf]

    @property
    def left(self) -> list[str]:
        """The bodies in the queue and its dead-letter queue."""
        return [*self.queue.bodies, *self.queue.dead_letters]

    @property
    def _store(self) -> MessageStore:
        return self.server.sqs.engine._queue(self.queue.name)

    def give_away(self, *, visibility: float) -> None:
        """Deliver the messages in flight to another consumer too, which does nothing with them."""
        assert self._store.receive_again(limit=10, visibility=visibility, now=self.server.sqs.now())

    def send(self, bodies: Iterable[str]) -> list[str]:
        """Send a message for each body and return the bodies."""
        sent = list(bodies)
        for body in sent:
            self.queue.send(body)
        return sent


def named(name: str) -> dict[str, str]:
    """Give a daemon a name that the ledger shows."""
    return {"INVOKER_HEADERS": f"{DAEMON_HEADER}: {name}"}


def numbered(count: int) -> list[str]:
    return [f"job {number}" for number in range(count)]


async def within(seconds: float, condition: Callable[[], object]) -> None:
    """Wait for a condition, with a time limit."""
    async with asyncio.timeout(seconds):
        await until(condition)


@asynccontextmanager
async def staged(*, queue: str = "jobs", max_receive_count: int | None = None, seed: int = 0) -> AsyncIterator[Stage]:
    """A stage with one queue; ``max_receive_count`` gives that a dead-letter queue."""
    sqs, ledger = EmbeddedSqs(), Ledger()
    jobs = EmbeddedQueue(sqs=sqs, name=queue, max_receive_count=max_receive_count)
    async with (
        EmbeddedSqsServer(sqs=sqs, faults=Faults(seed=seed)) as server,
        RecordingWorker(ledger=ledger) as worker,
        FaultProxy(host="127.0.0.1", port=urlsplit(server.url).port or 0) as sqs_proxy,
        FaultProxy(host="127.0.0.1", port=worker.port) as worker_proxy,
    ):
        yield Stage(
            queue=jobs,
            server=server,
            sqs_proxy=sqs_proxy,
            worker=worker,
            worker_proxy=worker_proxy,
            ledger=ledger,
        )
