"""The invoker over a scripted exchange."""

import logging
from collections.abc import Sequence

import pytest

from sqsd_adapters.invoker.http.invoker import HttpInvoker
from sqsd_adapters.transport.exchange import Answer, BadAnswer, ExchangeError, Headers, NotConnected
from sqsd_core.message import Message, MessageAttribute, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Succeeded, Unavailable
from tests.support.http_invoker import StoppedClock


class ScriptedExchange:
    def __init__(self, result: Answer | ExchangeError) -> None:
        self._result = result
        self.requests: list[tuple[Headers, bytes]] = []

    async def exchange(self, headers: Headers, body: bytes) -> Answer:
        self.requests.append((headers, body))
        if isinstance(self._result, Answer):
            return self._result
        raise self._result


def invoker_over(exchange: ScriptedExchange, headers: Sequence[tuple[str, str]] = ()) -> HttpInvoker:
    return HttpInvoker(
        exchange=exchange,
        clock=StoppedClock(),
        queue_name="jobs",
        timeout=60.0,
        success=frozenset({200}),
        content_type="application/json",
        headers=headers,
        version="1.0",
    )


def message(body: str = "{}", **attributes: MessageAttribute) -> Message:
    return Message(id=MessageId("m-1"), receipt=ReceiptHandle("r-secret"), body=body, attributes=attributes)


OK = Answer(status=200, headers=[], body=b"")


async def test_a_message_is_one_request() -> None:
    exchange = ScriptedExchange(OK)
    assert await invoker_over(exchange, [("X-Key", "k")]).invoke(message('{"a": "é🧀"}')) == Succeeded()
    [(headers, body)] = exchange.requests
    assert body == '{"a": "é🧀"}'.encode()
    assert dict(headers) == {
        b"Content-Type": b"application/json",
        b"User-Agent": b"aws-sqsd/1.0",
        b"X-Aws-Sqsd-Queue": b"jobs",
        b"X-Key": b"k",
        b"X-Aws-Sqsd-Msgid": b"m-1",
        b"X-Aws-Sqsd-Receive-Count": b"1",
        b"X-Sqsd-Deadline": b"2015-02-18T12:01:00Z",
    }


async def test_no_connection_is_unavailable() -> None:
    outcome = await invoker_over(ScriptedExchange(NotConnected("refused"))).invoke(message())
    assert outcome == Unavailable("refused")


async def test_a_bad_answer_is_a_failure() -> None:
    outcome = await invoker_over(ScriptedExchange(BadAnswer("reset"))).invoke(message())
    assert outcome == Failed("reset")


async def test_an_answer_is_read_by_its_status() -> None:
    exchange = ScriptedExchange(Answer(status=500, headers=[], body=b""))
    assert await invoker_over(exchange).invoke(message()) == Failed("status 500")


async def test_a_lone_surrogate_does_not_stop_a_message() -> None:
    assert await invoker_over(ScriptedExchange(OK)).invoke(message("\ud800")) == Succeeded()


async def test_what_is_left_out_is_logged_by_name(caplog: pytest.LogCaptureFixture) -> None:
    evil = MessageAttribute(data_type="String", value="secret\r\nX-Evil: 1")
    with caplog.at_level(logging.DEBUG):
        assert await invoker_over(ScriptedExchange(OK)).invoke(message("body", kind=evil)) == Succeeded()
    [record] = caplog.records
    assert record.__dict__["names"] == ["kind"]
    assert record.__dict__["message_id"] == "m-1"
    assert "secret" not in str(record.__dict__)
