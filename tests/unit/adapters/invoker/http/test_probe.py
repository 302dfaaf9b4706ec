"""The probe over a scripted exchange."""

import asyncio
import logging

import pytest

from sqsd_adapters.invoker.http.probe import HttpProbe
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_adapters.testing.virtual_time import in_virtual_time
from sqsd_adapters.transport.exchange import Answer, BadAnswer, NotConnected, RequestHeaders


class Worker:
    def __init__(self, result: Answer | Exception | None) -> None:
        self._result = result

    async def exchange(self, headers: RequestHeaders, body: bytes, *, target: bytes | None = None) -> Answer:
        if self._result is None:
            await asyncio.Event().wait()
        if isinstance(self._result, Answer):
            return self._result
        assert self._result is not None
        raise self._result


def answer(status: int) -> Answer:
    return Answer(status=status, headers=[], body=b"")


@pytest.mark.parametrize(
    ("result", "healthy"),
    [
        (answer(200), True),
        (answer(204), True),
        (answer(302), False),
        (answer(404), False),
        (answer(503), False),
        (NotConnected("refused"), False),
        (BadAnswer("reset"), False),
    ],
)
async def test_only_a_2xx_is_healthy(result: Answer | Exception, *, healthy: bool) -> None:
    assert await HttpProbe(clock=LoopClock(), exchange=Worker(result), timeout=1.0).probe() is healthy


async def test_a_silent_worker_is_not_healthy_after_the_time_out() -> None:
    assert not await HttpProbe(clock=LoopClock(), exchange=Worker(None), timeout=0.0).probe()


class Reachable:
    def __init__(self, *, reachable: bool) -> None:
        self._reachable = reachable

    async def probe(self) -> bool:
        return self._reachable


@pytest.mark.parametrize("reachable", [True, False])
async def test_a_healthy_worker_must_be_reachable_too(*, reachable: bool) -> None:
    probe = HttpProbe(
        clock=LoopClock(), exchange=Worker(answer(200)), timeout=1.0, worker=Reachable(reachable=reachable)
    )
    assert await probe.probe() is reachable


async def test_a_reachable_worker_must_be_healthy_too() -> None:
    probe = HttpProbe(clock=LoopClock(), exchange=Worker(answer(503)), timeout=1.0, worker=Reachable(reachable=True))
    assert not await probe.probe()


@in_virtual_time
async def test_a_worker_that_stays_unhealthy_is_one_line_per_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    probe = HttpProbe(clock=LoopClock(), exchange=Worker(answer(503)), timeout=1.0)
    for _ in range(13):
        await probe.probe()
        await asyncio.sleep(5.0)
    lines = [vars(record) for record in caplog.records if record.message == "health check failed"]
    assert [line["count"] for line in lines] == [1, 12]
