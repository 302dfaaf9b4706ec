"""``http11`` held against ``httpx`` over answers that nobody would think of."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from hypothesis import given, settings

from sqsd_adapters.testing.raw_answers import Connection
from sqsd_adapters.testing.raw_worker import RawWorker
from sqsd_adapters.transport.exchange import Answer, BadAnswer, Exchange, Unanswered
from sqsd_adapters.transport.http11 import Http11Exchange
from sqsd_adapters.transport.httpx import HttpxExchange
from tests.support import answers

pytestmark = pytest.mark.integration


#: what httpx refuses and llhttp reads over: blank lines before a status line, odd characters in its reason
HARMLESS = re.compile(rb"(?:\A|\r\n\r\n)[\r\n]+HTTP/|^HTTP/1\.[01] \d{3} [^\r\n]*[\x00\x0b\x0c]", re.MULTILINE)


class Lanes:
    """Both transports and one worker that answers either with the bytes of the moment, and closes."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._raw = b""

    async def open(self) -> None:
        worker = await self._stack.enter_async_context(RawWorker(self._answer))
        self._lean: Exchange = await self._stack.enter_async_context(
            Http11Exchange(url=worker.url, connections=1, connect_timeout=5.0)
        )
        self._oracle: Exchange = await self._stack.enter_async_context(
            HttpxExchange(url=worker.url, connections=1, connect_timeout=5.0)
        )

    async def close(self) -> None:
        await self._stack.aclose()

    async def read(self, raw: bytes) -> tuple[Answer | None, Answer | None]:
        """What the lean transport and what the oracle makes of ``raw``; None for no answer or a bad one."""
        self._raw = raw
        return await self._result(self._lean), await self._result(self._oracle)

    async def _result(self, exchange: Exchange) -> Answer | None:
        async with asyncio.timeout(5.0):
            try:
                return await exchange.exchange([], b"")
            except (BadAnswer, Unanswered):
                return None

    async def _answer(self, connection: Connection) -> None:
        await connection.send(self._raw)
        connection.close()


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def lanes(runner: asyncio.Runner) -> Iterator[Lanes]:
    lanes = Lanes()
    runner.run(lanes.open())
    yield lanes
    runner.run(lanes.close())


def test_both_read_a_valid_answer_alike(runner: asyncio.Runner, lanes: Lanes) -> None:
    @given(answers.valid())
    @settings(max_examples=150, deadline=None, derandomize=True)
    def agree(raw: bytes) -> None:
        lean, oracle = runner.run(lanes.read(raw))
        assert lean is not None
        assert lean == oracle

    agree()


def test_a_hostile_answer_is_read_as_the_oracle_reads_it_or_refused(runner: asyncio.Runner, lanes: Lanes) -> None:
    @given(answers.any_answer)
    @settings(max_examples=400, deadline=None, derandomize=True)
    def agree(raw: bytes) -> None:
        lean, oracle = runner.run(lanes.read(raw))
        assert lean is None or lean == oracle or (oracle is None and HARMLESS.search(raw))

    agree()
