"""Arguments that are wrong are refused at once, in a sentence that names the parameter; and an order that is wrong."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import pytest

from sqsd_adapters.cli.embedding import Sqsd
from sqsd_adapters.cli.serving import serve
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.harness import until
from sqsd_core import Message, Observer, Reason
from sqsd_core.message import MessageId, ReceiptHandle
from tests.support.embedding import Slow, embedded, settings

WRONG_PARTS: list[tuple[dict[str, Any], str]] = [
    ({"queue": "orders"}, "queue: expected Queue, got str, which has no name, receive, delete, change_visibility"),
    ({"lock_store": "redis"}, "lock_store: expected LockStore, got str, which has no acquire, renew"),
    ({"lock_store": MemoryLockStore}, "lock_store: expected an instance of LockStore, got the class MemoryLockStore"),
    ({"clock": 5}, "clock: expected Clock, got int, which has no now, monotonic"),
    ({"observers": Observer()}, "observers: expected a sequence of observers, got Observer"),
    ({"observers": [print]}, "observers: expected Observer, got builtin_function_or_method, which has no joined"),
]


@pytest.mark.parametrize(("given", "got"), [({"QUEUE_URL": "memory://jobs"}, "dict"), (Settings, "the class Settings")])
async def test_what_is_no_settings_is_refused(given: Any, got: str) -> None:
    with pytest.raises(TypeError, match=f"expected sqsd.Settings.*, got {got}"):
        Sqsd(given, invoker=print)
    with pytest.raises(TypeError, match=f"expected sqsd.Settings.*, got {got}"):
        await serve(given, invoker=print)


@pytest.mark.parametrize(("parts", "said"), WRONG_PARTS)
async def test_a_part_that_is_not_of_its_port_is_refused(parts: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        Sqsd(settings(), invoker=print, **parts)
    with pytest.raises(TypeError, match=said):
        await serve(settings(), invoker=print, **parts)


async def test_a_coroutine_in_place_of_its_function_is_refused() -> None:
    async def ship(message: Message) -> None: ...

    message = Message(MessageId("a"), ReceiptHandle("b"), "")
    with pytest.raises(TypeError, match="got what an async function returns"):
        Sqsd(settings(), invoker=ship(message))  # type: ignore[arg-type]


async def test_several_processes_are_the_commands_alone() -> None:
    with pytest.raises(ConfigurationError, match="PROCESSES: only the command"):
        Sqsd(settings(QUEUE_URL="http://127.0.0.1:1/0/jobs", PROCESSES=2), invoker=print)
    with pytest.raises(ConfigurationError, match="PROCESSES: only the command"):
        await serve(settings(QUEUE_URL="http://127.0.0.1:1/0/jobs", PROCESSES=2), invoker=print)


async def refusal(invoker: Any, variables: Mapping[str, object] | None = None) -> str:
    """What entering says."""
    with pytest.raises(ConfigurationError) as caught:
        async with embedded(EmbeddedQueue(), invoker, variables=variables):
            pytest.fail("entered")
    return str(caught.value)


class Unmakeable:
    """A job that cannot be made."""

    def __init__(self) -> None:
        raise LookupError("no database")


def takes_nothing() -> None:
    """Is no job, because it takes no message."""


@pytest.mark.parametrize(
    ("invoker", "said"),
    [
        (5, "invoker: builtins.int is neither callable nor an Invoker"),
        (takes_nothing, "takes_nothing cannot be called with a message: too many positional arguments"),
        (Unmakeable, "Unmakeable() raised LookupError: no database"),
    ],
)
async def test_what_is_no_invoker_is_refused_by_entering(invoker: Any, said: str) -> None:
    assert said in await refusal(invoker)
    assert "None" not in await refusal(invoker)


@pytest.mark.parametrize("variables", [{}, {"INVOKER_HEALTHCHECK_URL": "http://127.0.0.1:1/"}])
async def test_a_missing_invoker_is_one_problem(variables: dict[str, str]) -> None:
    assert await refusal(None, variables) == "no invoker configured: set INVOKER_URL or INVOKER, or pass an invoker"


async def test_observers_that_cannot_work_are_refused_by_entering() -> None:
    assert "ECS_TASK_PROTECTION" in await refusal(print, {"ECS_TASK_PROTECTION": "on"})


async def test_serve_names_every_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match=r"2 problems:\n  AWS_REGION: not set.*\n  no invoker configured"):
        await serve(settings(QUEUE_URL="http://127.0.0.1:1/0/jobs"))


class Unopenable:
    """An invoker that cannot be opened."""

    async def __aenter__(self) -> None:
        raise LookupError("no pool")

    async def __aexit__(self, *_: object) -> None:
        return None

    async def invoke(self, message: Message) -> None:
        del message


async def test_what_an_invoker_raises_while_it_is_opened_is_raised_by_entering(queue: EmbeddedQueue) -> None:
    daemon = embedded(queue, Unopenable)
    began = asyncio.get_running_loop().time()
    with pytest.raises(LookupError, match="no pool"):
        async with daemon:
            pytest.fail("entered")
    assert asyncio.get_running_loop().time() - began < 1
    assert isinstance(daemon.failed, LookupError)


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan"), "1m", True])
async def test_the_length_of_a_pause_is_a_number_of_seconds(queue: EmbeddedQueue, seconds: Any) -> None:
    async with embedded(queue, Slow(0)) as daemon:
        with pytest.raises((TypeError, ValueError), match="seconds: expected"):
            daemon.pause(seconds=seconds)
        assert not [closure for closure in daemon.snapshot().closures if closure.reason is Reason.PAUSED]


async def test_a_daemon_that_is_paused_before_it_is_entered_starts_paused(queue: EmbeddedQueue) -> None:
    queue.send("a")
    daemon = embedded(queue, Slow(0))
    daemon.pause()
    async with daemon:
        assert daemon.snapshot().received == 0
        daemon.resume()
        await until(lambda: queue.is_empty)


async def test_a_daemon_that_has_ended_says_so_and_keeps_its_figures(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with embedded(queue, Slow(0)) as daemon:
        pass
    for use in (daemon.pause, daemon.resume):
        with pytest.raises(RuntimeError, match="the daemon has ended"):
            use()
    assert "receiving paused" not in caplog.messages
    assert daemon.snapshot().draining
    assert (await daemon.drain()).complete


async def test_leaving_twice_does_nothing(queue: EmbeddedQueue) -> None:
    async with embedded(queue, Slow(0)) as daemon:
        pass
    await daemon.__aexit__(None, None, None)
    assert daemon.failed is None


async def test_two_daemons_share_a_queue_in_one_loop(queue: EmbeddedQueue) -> None:
    locks, job = MemoryLockStore(clock=embedded(queue, print).parts.queue.clock()), Slow(1)
    for number in range(6):
        queue.send(str(number))
    async with embedded(queue, job, lock_store=locks) as one, embedded(queue, job, lock_store=locks) as two:
        await until(lambda: queue.is_empty)
    assert sorted(job.done) == [str(number) for number in range(6)]
    assert one.snapshot().deleted + two.snapshot().deleted == 6
