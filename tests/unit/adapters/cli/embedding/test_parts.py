"""Parts that code brings along, and the containers of one daemon."""

import asyncio
import re
from typing import Self

import pytest

from sqsd_adapters.cli.embedding import Sqsd
from sqsd_adapters.cli.serving import serve
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import until
from sqsd_core import Message, Observer
from tests.support.embedding import Opened, OpenedLocks, OpenedQueue, Slow, embedded, settings


class Watching(Opened, Observer):
    """An observer that counts, and that could be opened."""

    def __init__(self) -> None:
        self.started_bodies: list[str] = []

    def started(self, queue: str, message: Message, at: float) -> None:
        self.started_bodies.append(message.body)


async def test_parts_that_are_passed_are_used_and_are_not_opened() -> None:
    queue, locks, watching = OpenedQueue(), OpenedLocks(), Watching()
    queue.send("a")
    async with embedded(queue, Slow(0), lock_store=locks, observers=[watching]) as daemon:
        await until(lambda: queue.is_empty)
        assert daemon.parts.queue.lock_store() is locks
    assert watching.started_bodies == ["a"]
    assert [part.entered for part in (queue, locks, watching)] == [0, 0, 0]


async def test_the_clock_that_is_passed_is_everybodys() -> None:
    clock = LoopClock()
    daemon = embedded(EmbeddedQueue(), Slow(0), clock=clock)
    containers = (daemon.parts.queue, daemon.parts.worker, daemon.parts.daemon)
    assert all(container.clock() is clock for container in containers)


async def test_serve_takes_the_same_parts() -> None:
    queue, locks, watching = OpenedQueue(), OpenedLocks(), Watching()
    queue.send("a")
    serving = asyncio.create_task(
        serve(
            settings(MONITORING_PORT=-1),
            invoker=Slow(0),
            queue=queue,
            lock_store=locks,
            clock=LoopClock(),
            observers=[watching],
        )
    )
    await until(lambda: queue.is_empty)
    serving.cancel()
    await asyncio.wait({serving})
    assert watching.started_bodies == ["a"]
    assert (queue.entered, locks.entered) == (0, 0)


async def test_an_overridden_provider_is_opened_and_closed_and_concerns_this_daemon_alone(queue: EmbeddedQueue) -> None:
    locks = OpenedLocks()
    mine, other = embedded(queue, Slow(0)), embedded(EmbeddedQueue(), Slow(0))
    mine.parts.queue.lock_store.override(locks)
    async with mine, other:
        assert mine.parts.queue.lock_store() is locks
        assert isinstance(other.parts.queue.lock_store(), MemoryLockStore)
        assert other.parts.queue.lock_store() is not locks
        assert locks.entered == 1
    assert locks.left == 1


@pytest.mark.parametrize(
    ("container", "provider", "part", "said"),
    [
        ("queue", "queue", "jobs", "parts.queue.queue: expected Queue, got str, which has no name, receive"),
        ("queue", "lock_store", "redis", "parts.queue.lock_store: expected LockStore, got str, which has no acquire"),
        ("queue", "lock_store", None, "parts.queue.lock_store: expected LockStore, got NoneType"),
        ("queue", "sender", 5, "parts.queue.sender: expected Sender, got int, which has no send"),
        ("queue", "clock", 5, "parts.queue.clock: expected Clock, got int, which has no now, monotonic"),
        ("worker", "invoker", print, "parts.worker.invoker: expected Invoker, got builtin_function_or_method"),
        ("worker", "invoker", ScriptedInvoker, "parts.worker.invoker: expected an instance of Invoker, got the class"),
        ("worker", "probe", True, "parts.worker.probe: expected Probe, got bool, which has no probe"),
        ("worker", "exchange", 5, "parts.worker.exchange: expected Exchange, got int, which has no exchange"),
        ("daemon", "history", 5, "parts.daemon.history: expected Observer, got int, which has no joined"),
        ("daemon", "clock", 5, "parts.daemon.clock: expected Clock, got int, which has no now, monotonic"),
    ],
)
async def test_what_takes_the_place_of_a_provider_has_the_methods_of_its_port(
    container: str, provider: str, part: object, said: str
) -> None:
    daemon = Sqsd(settings(), invoker=Slow(0))
    getattr(getattr(daemon.parts, container), provider).override(part)
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        await daemon.__aenter__()


async def test_an_invoker_over_http_is_replaced_at_its_exchange() -> None:
    daemon = Sqsd(settings(INVOKER_URL="http://127.0.0.1:1/"))
    daemon.parts.worker.invoker.override(ScriptedInvoker())
    with pytest.raises(ConfigurationError, match=r"parts\.worker\.invoker: expected Exchange, got ScriptedInvoker"):
        await daemon.__aenter__()


async def test_a_probe_may_be_taken_away(queue: EmbeddedQueue) -> None:
    daemon = embedded(queue, Slow(0))
    daemon.parts.worker.probe.override(None)
    async with daemon:
        assert daemon.snapshot().ready


class Unopenable(OpenedLocks):
    """A lock store that cannot be opened."""

    async def __aenter__(self) -> Self:
        raise LookupError


class Uncloseable(OpenedLocks):
    """A lock store that fails when it is closed."""

    async def __aexit__(self, *_: object) -> None:
        raise LookupError


async def test_what_was_opened_before_an_adapter_failed_to_open_is_closed() -> None:
    queue = OpenedQueue()
    daemon = Sqsd(settings(), invoker=print)
    daemon.parts.queue.queue.override(queue)
    daemon.parts.queue.lock_store.override(Unopenable())
    with pytest.raises(LookupError):
        async with daemon:
            pytest.fail("entered")
    assert (queue.entered, queue.left) == (1, 1)


async def test_an_adapter_that_fails_to_close_costs_a_warning(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    daemon = embedded(queue, Slow(0))
    daemon.parts.queue.lock_store.override(Uncloseable())
    async with daemon:
        pass
    assert daemon.failed is None
    assert "adapter did not close" in caplog.messages


async def test_cancelling_serve_releases_what_it_received(queue: EmbeddedQueue) -> None:
    queue.send("a")
    job = Slow(1_000)
    serving = asyncio.create_task(serve(settings(MONITORING_PORT=-1), invoker=job, queue=queue, clock=LoopClock()))
    await job.began.wait()
    serving.cancel()
    await asyncio.wait({serving})
    assert serving.cancelled()
    assert queue.visible == 1
