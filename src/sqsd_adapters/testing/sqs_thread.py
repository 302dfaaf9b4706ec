"""The embedded SQS in a thread, and its queues as a test sees them."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Self, TypeVar

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from sqsd_core.message import NO_ATTRIBUTES, MessageAttribute, MessageId

PATIENCE = 30.0  # seconds for one call; a busy machine takes a part of one
STEP = 0.02  # seconds between two looks at a queue

T = TypeVar("T")


class SqsThread:
    """An SQS server on a loopback port, for daemons and for senders with an AWS SDK. It starts without queues.

    It accepts any credentials. The methods run in the thread of the server::

        with SqsThread() as sqs:
            queue = sqs.queue("orders", max_receive_count=3)
            queue.send("hello")

    Outside the block its methods, and those of its queues, raise RuntimeError. So does a second ``with``.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._server: Future[EmbeddedSqsServer] = Future()
        self._thread = threading.Thread(target=self._run, name="embedded-sqs", daemon=True)

    def __enter__(self) -> Self:
        if self._thread.ident is not None:
            raise RuntimeError("the SQS server runs once: make another SqsThread")
        self._thread.start()
        self._server.result(PATIENCE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._demand_open().call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def url(self) -> str:
        """The URL of the server, for ``endpoint_url`` of an SDK and for SQS_ENDPOINT_URL."""
        self._demand_open()
        return self._server.result(PATIENCE).url

    def queue(self, name: str = "jobs", *, max_receive_count: int | None = None) -> "SqsThreadQueue":
        """Create a queue, or find it; ``max_receive_count`` gives it a dead-letter queue.

        Raises:
            ValueError: the queue exists with another ``max_receive_count``.
        """
        self._demand_open()
        server = self._server.result(PATIENCE)
        made = self.call(lambda: EmbeddedQueue(sqs=server.sqs, name=name, max_receive_count=max_receive_count))
        return SqsThreadQueue(thread=self, queue=made, url=server.queue_url(name))

    def call(self, function: Callable[[], T]) -> T:
        """Call a function in the thread of the server."""
        loop = self._demand_open()

        async def called() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(called(), loop).result(PATIENCE)

    def _demand_open(self) -> asyncio.AbstractEventLoop:
        if self._loop is None or not self._thread.is_alive():
            raise RuntimeError("the SQS server is not open: use it inside its `with` block")
        return self._loop

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - the thread that waits raises it
            self._server.set_exception(error)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with EmbeddedSqsServer() as server:
            self._server.set_result(server)
            await self._stop.wait()


class SqsThreadQueue:
    """One queue of the server."""

    def __init__(self, *, thread: SqsThread, queue: EmbeddedQueue, url: str) -> None:
        self._thread = thread
        self._queue = queue
        #: for QUEUE_URL, and for senders
        self.url = url

    def __repr__(self) -> str:
        try:
            return self._thread.call(lambda: repr(self._queue))
        except RuntimeError:
            return f"<SqsThreadQueue {self._queue.name}, its server is not open>"

    @property
    def name(self) -> str:
        """The name of the queue."""
        return self._queue.name

    def send(
        self, body: str, *, attributes: Mapping[str, MessageAttribute] = NO_ATTRIBUTES, group_id: str | None = None
    ) -> MessageId:
        """Send a message and return its id; a FIFO queue needs a group."""
        return self._thread.call(lambda: self._queue.send(body, attributes=attributes, group_id=group_id))

    @property
    def bodies(self) -> Sequence[str]:
        """The bodies of the messages in the queue, visible or hidden, in the order of sending."""
        return self._thread.call(lambda: self._queue.bodies)

    @property
    def dead_letters(self) -> Sequence[str]:
        """The bodies in the dead-letter queue."""
        return self._thread.call(lambda: self._queue.dead_letters)

    @property
    def is_empty(self) -> bool:
        """Whether every message was deleted, or moved to the dead-letter queue."""
        return not self.bodies

    def wait_until_empty(self, *, within: float = 30.0) -> None:
        """Block until the queue is empty; TimeoutError after ``within`` seconds."""
        clock = SystemClock()
        ends, pause = clock.monotonic() + within, threading.Event()
        while not self.is_empty:
            if clock.monotonic() > ends:
                raise TimeoutError(f"messages are left after {within:g} s: {self!r}")
            pause.wait(STEP)
