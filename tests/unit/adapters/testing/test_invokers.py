"""The suite of invokers over jobs in this process."""

from collections.abc import AsyncIterator

import pytest

from sqsd_adapters.invoker.callable import CallableInvoker
from sqsd_adapters.testing.invoker_suite import InvokerSuite, SuiteJob
from sqsd_core.message import Message
from sqsd_core.outcome import Failed, Outcome, Succeeded


class TestFunction(InvokerSuite):
    @pytest.fixture
    async def invoker(self, job: SuiteJob) -> AsyncIterator[CallableInvoker]:
        async def run(message: Message) -> None:
            await job(message.body)

        async with CallableInvoker(target=run) as invoker:
            yield invoker


class TestInvokerOfOnesOwn(InvokerSuite):
    @pytest.fixture
    def invoker(self, job: SuiteJob) -> "Plain":
        return Plain(job)


class Plain:
    """What an embedder writes."""

    def __init__(self, job: SuiteJob) -> None:
        self._job = job

    async def invoke(self, message: Message) -> Outcome:
        try:
            await self._job(message.body)
        except RuntimeError as error:
            return Failed(str(error))
        return Succeeded()
