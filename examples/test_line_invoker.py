"""How to test an adapter: the conformance suite of its port, against a worker that the test starts."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from examples.line_invoker import LineInvoker
from sqsd import Unavailable
from sqsd_adapters.testing import InvokerSuite, SuiteJob

LONGEST = 8 * 1_048_576  # bytes of a line


class TestLineInvoker(InvokerSuite):
    @pytest.fixture
    async def invoker(self, job: SuiteJob) -> AsyncIterator[LineInvoker]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            running = asyncio.ensure_future(job(json.loads(await reader.readline())))
            hung_up = asyncio.ensure_future(reader.read())
            await asyncio.wait([running, hung_up], return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                writer.write(b"failed\n" if running.exception() else b"ok\n")
            running.cancel()
            hung_up.cancel()
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0, limit=LONGEST) as worker:
            yield LineInvoker(port=worker.sockets[0].getsockname()[1])

    async def test_a_worker_that_does_not_run_is_unavailable(self) -> None:
        outcome = await LineInvoker(port=1).invoke(self.message("ok"))
        assert isinstance(outcome, Unavailable)
        assert outcome.unsent
