"""An answer that came before the whole request was sent counts, whatever the connection comes to; row 35."""

import pytest

from sqsd_adapters.transport.tls import Tls
from tests.support.certificates import Authority
from tests.support.hasty_worker import HastyWorker
from tests.support.http_invoker import Transport

pytestmark = pytest.mark.integration

REQUESTS = 10


@pytest.mark.parametrize("size", [10_000, 100_000, 900_000, 5_000_000])
async def test_an_answer_before_the_body_was_read_is_the_answer(transport: Transport, size: int) -> None:
    with HastyWorker() as worker:
        async with transport(url=worker.url, connections=1, connect_timeout=5.0) as exchange:
            statuses = [(await exchange.exchange([], bytes(size))).status for _ in range(REQUESTS)]
    assert statuses == [200] * REQUESTS


async def test_a_refusal_before_the_body_was_read_is_the_answer(transport: Transport) -> None:
    with HastyWorker(status=b"413 Content Too Large") as worker:
        async with transport(url=worker.url, connections=1, connect_timeout=5.0) as exchange:
            statuses = [(await exchange.exchange([], bytes(900_000))).status for _ in range(REQUESTS)]
    assert statuses == [413] * REQUESTS


async def test_an_encrypted_answer_before_the_body_was_read_is_the_answer(
    transport: Transport, authority: Authority
) -> None:
    tls = Tls(ca_file=str(authority.ca_file))
    with HastyWorker(tls=authority.server_context()) as worker:
        async with transport(url=worker.url, connections=1, connect_timeout=5.0, tls=tls) as exchange:
            statuses = [(await exchange.exchange([], bytes(900_000))).status for _ in range(REQUESTS)]
    assert statuses == [200] * REQUESTS
