"""Row 14: SQS refuses, resets, is silent, throttles, answers 500, or has no address; at start and later."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from tests.support.command import Command, command
from tests.support.fault_proxy import End, cut
from tests.support.stage import POLL, Stage, staged, within

pytestmark = pytest.mark.integration

OUTAGE = 1.5  # seconds: a pause is one at least, so two receives fail at most
MOST_CALLS = 2 * 4 + 4  # a receive is tried four times, and so are the queue's attributes at start
BACK_OFF = 4.0  # seconds: the longest pause after two failures
RETURN = BACK_OFF + 4.0  # seconds from the return of SQS to the next message, on a busy machine

Break = Callable[[Stage], Awaitable[None]]


def _failing(kind: FaultKind) -> Break:
    async def break_(stage: Stage) -> None:
        stage.faults.add(Fault(kind=kind))
        await stage.sqs_proxy.reset()  # a long poll under way would outlast the outage

    return break_


async def _refuse(stage: Stage) -> None:
    await stage.sqs_proxy.refuse()


async def _reset(stage: Stage) -> None:
    stage.sqs_proxy.to_server = cut(0, End.RESET)
    await stage.sqs_proxy.reset()


async def _mend(stage: Stage) -> None:
    stage.faults.clear()
    stage.sqs_proxy.clear()
    await stage.sqs_proxy.accept()


KINDS = {
    "refuses": _refuse,
    "resets": _reset,
    "throttles": _failing(FaultKind.REQUEST_THROTTLED),
    "answers 500": _failing(FaultKind.SERVER_ERROR),
}


async def test_row_14_every_outage_at_start_is_waited_out() -> None:
    await _each_kind(_broken_from_the_start)


async def test_row_14_every_outage_later_is_waited_out() -> None:
    await _each_kind(_broken_in_the_middle)


async def _each_kind(scenario: Callable[[Stage, Break], Awaitable[None]]) -> None:
    """Play it for all kinds side by side, since most of it is waiting."""

    async def play(kind: str) -> None:
        try:
            async with staged() as stage:
                await scenario(stage, KINDS[kind])
        except BaseException as error:
            error.add_note(f"while SQS {kind}")
            raise

    async with asyncio.TaskGroup() as group:
        for kind in KINDS:
            group.create_task(play(kind), name=kind)


async def _broken_from_the_start(stage: Stage, break_: Break) -> None:
    await break_(stage)
    async with command(env=stage.env) as daemon:
        await daemon.until("queue unavailable")
        await _outage_and_return(stage, daemon)


async def _broken_in_the_middle(stage: Stage, break_: Break) -> None:
    async with command(env=stage.env) as daemon:
        await within(20, lambda: stage.faults.calls[POLL] > 0)
        await break_(stage)
        await daemon.until("queue unavailable")
        await _outage_and_return(stage, daemon)


async def _outage_and_return(stage: Stage, daemon: Command) -> None:
    before = stage.calls + stage.sqs_proxy.accepted
    await asyncio.sleep(OUTAGE)
    # Each call may open a connection of its own.
    assert stage.calls + stage.sqs_proxy.accepted - before <= 2 * MOST_CALLS
    await _mend(stage)
    stage.queue.send("after the outage")
    await within(RETURN, lambda: stage.queue.is_empty)
    ended = await daemon.drained()
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout.count("queue unavailable") == 1
    assert "queue answers again" in ended.stdout


async def test_row_14_while_it_lasts_the_daemon_is_alive_and_not_ready(stage: Stage) -> None:
    async with command(env={**stage.env, "PROBE_PORT": "0"}) as daemon:
        port = (await daemon.until("probes listening"))["port"]
        await within(20, lambda: stage.faults.calls[POLL] > 0)
        assert await _probe(port, "/readyz") == 200
        await stage.sqs_proxy.refuse()
        await daemon.until("queue unavailable")
        assert (await _probe(port, "/livez"), await _probe(port, "/readyz")) == (200, 503)
        assert (await daemon.drained()).code == 0


async def test_row_14_a_name_that_does_not_resolve_is_waited_out_and_a_signal_ends_the_wait(stage: Stage) -> None:
    env = {**stage.env, "QUEUE_URL": "http://sqs.invalid/000000000000/jobs"}
    async with command(env=env) as daemon:
        await daemon.until("queue unavailable")
        assert (await daemon.drained()).code == 0


async def test_row_14_a_connection_that_falls_silent_ends_with_the_second_signal(stage: Stage) -> None:
    stage.sqs_proxy.to_client = cut(0, End.SILENCE)
    async with command(env=stage.env) as daemon:
        await within(20, lambda: stage.sqs_proxy.accepted > 0)
        daemon.signal()
        await daemon.until("draining")
        daemon.signal()
        async with asyncio.timeout(10):
            assert (await daemon.ended()).code == 0


async def _probe(port: int, path: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    status = (await reader.readline()).split()[1]
    writer.close()
    await writer.wait_closed()
    return int(status)
