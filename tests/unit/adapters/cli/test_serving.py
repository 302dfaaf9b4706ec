"""Running a daemon from settings, in this process, on the embedded queue."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Self

import pytest

from sqsd_adapters.cli import Settings, serve
from sqsd_adapters.errors import AddressInUse, ConfigurationError
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_core import Message, Outcome, Succeeded

QUEUE = "serve-tests"


@pytest.fixture
def queue() -> Iterator[EmbeddedQueue]:
    yield EmbeddedQueue.named(QUEUE)
    EmbeddedQueue.forget(QUEUE)


def settings(**variables: Any) -> Settings:
    quick = {"FETCHER_WAIT_TIME": 0, "FETCHER_INTERVAL": 0.01, "MONITORING_PORT": -1}
    return Settings(**{"QUEUE_URL": f"memory://{QUEUE}", **quick, **variables})


class Mine:
    """An invoker that runs a function, then asks the process to stop."""

    def __init__(self, job: Callable[[Message], Awaitable[None]] | None = None) -> None:
        self._job = job
        self.bodies: list[str] = []

    async def invoke(self, message: Message) -> Outcome:
        self.bodies.append(message.body)
        os.kill(os.getpid(), signal.SIGTERM)
        if self._job is not None:
            await self._job(message)
        return Succeeded()


async def never(message: Message) -> None:
    del message
    await asyncio.Event().wait()


async def test_a_signal_drains_and_the_exit_code_is_0(queue: EmbeddedQueue) -> None:
    queue.send("hello")
    mine = Mine()
    assert await serve(settings(), invoker=mine) == 0
    assert mine.bodies == ["hello"]
    assert queue.is_empty


async def test_a_drain_that_cut_jobs_exits_with_3(queue: EmbeddedQueue) -> None:
    queue.send("hello")
    assert await serve(settings(DRAIN_TIMEOUT=0), invoker=Mine(never)) == 3
    assert queue.bodies == ["hello"]


async def test_a_plain_function_is_an_invoker_as_well(queue: EmbeddedQueue) -> None:
    def job(message: Message) -> None:
        assert message.body == "hello"
        os.kill(os.getpid(), signal.SIGTERM)

    queue.send("hello")
    assert await serve(settings(), invoker=job) == 0
    assert queue.is_empty


class Plain:
    """An Invoker by the rules of INVOKER: ``invoke`` is no coroutine, and returns None."""

    def invoke(self, message: Message) -> None:
        assert message.body == "hello"
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("invoker", [Plain(), Plain, Plain().invoke])
async def test_an_invoker_that_is_passed_follows_the_rules_of_one_that_is_named(
    queue: EmbeddedQueue, invoker: Any
) -> None:
    queue.send("hello")
    assert await serve(settings(), invoker=invoker) == 0
    assert queue.is_empty


@pytest.mark.usefixtures("queue")
async def test_nobody_to_hand_messages_to_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="pass an invoker"):
        await serve(settings())


@pytest.mark.usefixtures("queue")
async def test_a_taken_port_is_an_error_that_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressInUse, match=str(port)):
            await serve(settings(MONITORING_PORT=port), invoker=Mine())


async def test_a_signal_during_start_up_leaves_at_once(queue: EmbeddedQueue) -> None:
    queue.send("hello")
    asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGTERM)
    nobody = {"INVOKER_HEALTHCHECK_URL": "http://127.0.0.1:1/", "BREAKER_COOLDOWN": 60, "BREAKER_COOLDOWN_MAX": 60}
    mine = Mine()
    assert await asyncio.wait_for(serve(settings(**nobody), invoker=mine), 10) == 0
    assert not mine.bodies


async def test_signal_handlers_are_given_back(queue: EmbeddedQueue) -> None:
    former = signal.getsignal(signal.SIGTERM)
    queue.send("hello")
    await serve(settings(), invoker=Mine())
    assert signal.getsignal(signal.SIGTERM) is former


async def test_the_banner_shows_settings_without_secrets(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    queue.send("hello")
    secretive = {"INVOKER_URL": "http://user:hush@worker/?key=hush", "INVOKER_HEADERS": "X-Api-Key: hush"}
    with caplog.at_level(logging.DEBUG):
        await serve(settings(**secretive), invoker=Mine())
    (banner,) = (record for record in caplog.records if record.message == "starting")
    assert banner.__dict__["INVOKER_URL"] == "http://***@worker/?***"
    assert banner.__dict__["INVOKER_TIMEOUT"] == "1m"
    assert not any("hush" in str(record.__dict__) for record in caplog.records)


async def test_an_adapter_that_does_not_close_costs_a_warning(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clinging:
        async def __aenter__(self) -> Self:
            return self

        async def __aexit__(self, *_: object) -> None:
            await asyncio.Event().wait()

        async def __call__(self, message: Message) -> None:
            del message
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("sqsd_adapters.cli.assembly.parts.CLOSE_TIMEOUT", 0.01)
    queue.send("hello")
    assert await serve(settings(), invoker=Clinging()) == 0
    assert "adapter did not close" in caplog.messages
