"""The pytest plugin: fixtures for tests of jobs, of HTTP workers, and of code that sends messages."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest

# Imported where used: pytest loads the plugin in every run, even if no test uses it.
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
    from sqsd_adapters.testing.daemon_process import DaemonProcess
    from sqsd_adapters.testing.recording_worker import RecordingWorker
    from sqsd_adapters.testing.sqs_endpoint import SqsEndpoint
    from sqsd_adapters.testing.sqs_thread import SqsThreadQueue

pytest.register_assert_rewrite(
    *(f"sqsd_adapters.testing.{suite}_suite" for suite in ("exchange", "invoker", "lock_store", "observer", "queue")),
    "sqsd_adapters.testing.sender_suite",
    "sqsd_adapters.testing.story",
)


class StartDaemon(Protocol):
    """Starts a daemon as a process; the end of the test ends it."""

    def __call__(self, *, queue: SqsThreadQueue | None = None, **variables: object) -> DaemonProcess:
        """Start it with the settings given; returns when it receives from its queue."""
        ...


@pytest.fixture
def embedded_queue() -> EmbeddedQueue:
    """An empty queue in memory, for a daemon in the test: ``await work_off(embedded_queue, job)``."""
    from sqsd_adapters.queue.embedded.queue import EmbeddedQueue  # noqa: PLC0415 - see above

    return EmbeddedQueue()


@pytest.fixture
def embedded_sqs() -> Iterator[SqsEndpoint]:
    """The URL of an SQS on loopback, for code that sends with an AWS SDK (``endpoint_url=embedded_sqs``).

    It has no queue at first, and accepts any credentials; ``embedded_sqs.queue("orders")`` creates one. It runs in a
    thread, so it serves blocking clients too.
    """
    from sqsd_adapters.testing.sqs_endpoint import SqsEndpoint  # noqa: PLC0415 - see above
    from sqsd_adapters.testing.sqs_thread import SqsThread  # noqa: PLC0415 - see above

    with SqsThread() as thread:
        yield SqsEndpoint.of(thread)


@pytest.fixture
def recording_worker() -> Iterator[RecordingWorker]:
    """An HTTP worker that records requests and answers 200, or what its ``script`` says."""
    from sqsd_adapters.testing.recording_worker import RecordingWorker  # noqa: PLC0415 - see above

    with RecordingWorker() as worker:
        yield worker


@pytest.fixture
def sqsd_daemon(tmp_path: Path) -> Iterator[StartDaemon]:
    """Starts daemons as processes: ``sqsd_daemon(queue=embedded_sqs.queue("orders"), INVOKER_URL=worker.url)``."""
    from sqsd_adapters.testing.daemon_process import DaemonProcess  # noqa: PLC0415 - see above

    with ExitStack() as stack:
        started: list[DaemonProcess] = []

        def start(*, queue: SqsThreadQueue | None = None, **variables: object) -> DaemonProcess:
            log = tmp_path / f"sqsd-{len(started) + 1}.log"
            started.append(stack.enter_context(DaemonProcess(log=log, queue=queue, variables=variables)))
            return started[-1]

        yield start
