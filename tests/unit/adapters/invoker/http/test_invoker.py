"""The invoker over a scripted exchange."""

import logging

import pytest

from sqsd_adapters.invoker.http import wire
from sqsd_adapters.invoker.http.invoker import SHORTAGE_PAUSE
from sqsd_adapters.invoker.http.signature import Signer
from sqsd_adapters.transport.exchange import (
    Answer,
    BadAnswer,
    Dropped,
    ExchangeError,
    NotConnected,
    OutOfDescriptors,
    Unanswered,
)
from sqsd_core.message import Message, MessageAttribute, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Interrupted, Outcome, RetryLater, Succeeded, Unavailable
from tests.support.http_invoker import ScriptedExchange, StoppedClock, invoker_over


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


async def test_a_signed_request_has_the_headers_of_its_attempt() -> None:
    exchange, key = ScriptedExchange(OK), b"k" * 24
    assert await invoker_over(exchange, signing_keys=[key]).invoke(message('{"a": "é🧀"}')) == Succeeded()
    [(headers, body)] = exchange.requests
    signer = Signer(keys=[key])
    expected = dict(signer.headers(message_id=b"m-1", body=body, now=StoppedClock().now()))
    assert {name: value for name, value in headers if name.startswith(b"webhook-")} == expected
    assert expected[b"webhook-timestamp"] == b"1424260800"


async def test_the_id_is_signed_in_the_form_in_which_it_is_sent() -> None:
    exchange = ScriptedExchange(OK)
    odd = Message(id=MessageId(" é%1"), receipt=ReceiptHandle("r"), body="{}")
    await invoker_over(exchange, signing_keys=[b"k" * 24]).invoke(odd)
    [(headers, _)] = exchange.requests
    assert dict(headers)[b"webhook-id"] == dict(headers)[b"X-Aws-Sqsd-Msgid"] == b"%C3%A9%251"


async def test_the_signature_counts_where_headers_are_limited() -> None:
    exchange, large = ScriptedExchange(OK), MessageAttribute(data_type="String", value="x" * 7_600)
    invoker = invoker_over(exchange, signing_keys=[b"k" * 24] * 20)
    await invoker.invoke(message(one=large, two=large))
    [(headers, _)] = exchange.requests
    assert wire.size(headers) <= wire.MAX_HEADERS


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (NotConnected("refused"), Unavailable("refused", unsent=True)),
        (Unanswered("closed"), Unavailable("closed", unsent=False)),
        (Dropped("closed"), Interrupted("closed")),
        (BadAnswer("reset"), Failed("reset")),
        (OutOfDescriptors("none left"), RetryLater(SHORTAGE_PAUSE, "none left")),
    ],
)
async def test_each_way_to_have_no_answer_has_its_outcome(error: ExchangeError, outcome: Outcome) -> None:
    assert await invoker_over(ScriptedExchange(error)).invoke(message()) == outcome


async def test_a_shortage_of_descriptors_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    invoker = invoker_over(ScriptedExchange(OutOfDescriptors("none left")))
    for _ in range(3):
        await invoker.invoke(message())
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert "RLIMIT_NOFILE" in record.message


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
    assert record.message == "attributes dropped: not valid as HTTP headers"
    assert record.__dict__["names"] == ["kind"]
    assert record.__dict__["message_id"] == "m-1"
    assert "secret" not in str(record.__dict__)


async def test_what_is_too_large_is_logged_by_name(caplog: pytest.LogCaptureFixture) -> None:
    large = MessageAttribute(data_type="String", value="x" * 10_000)
    assert await invoker_over(ScriptedExchange(OK)).invoke(message("body", tracestate=large)) == Succeeded()
    [record] = caplog.records
    assert record.message == "attributes dropped: too large for HTTP headers"
    assert record.__dict__["names"] == ["tracestate"]


async def test_a_time_that_cannot_be_read_has_an_event_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    time = MessageAttribute(data_type="String", value="soon")
    exchange = ScriptedExchange(OK)
    task = message("", **{"beanstalk.sqsd.scheduled_time": time})
    assert await invoker_over(exchange).invoke(task) == Succeeded()
    [record] = caplog.records
    assert record.message == "periodic task: time not readable, sent without it"
    assert record.__dict__["names"] == ["beanstalk.sqsd.scheduled_time"]


async def test_the_users_own_headers_count_as_well(caplog: pytest.LogCaptureFixture) -> None:
    some = MessageAttribute(data_type="String", value="x" * 8_000)
    invoker = invoker_over(ScriptedExchange(OK), [("X-Long", "y" * 8_000)])
    assert await invoker.invoke(message("body", some=some)) == Succeeded()
    assert caplog.records[0].__dict__["names"] == ["some"]


def periodic(path: str = "/report") -> dict[str, MessageAttribute]:
    texts = {"path": path, "task_name": "report", "scheduled_time": "2026-01-01T00:00:00Z"}
    return {f"beanstalk.sqsd.{name}": MessageAttribute(data_type="String", value=text) for name, text in texts.items()}


async def test_a_periodic_task_is_an_empty_request_to_its_path() -> None:
    exchange = ScriptedExchange(OK)
    assert await invoker_over(exchange).invoke(message("elasticbeanstalk scheduled job", **periodic())) == Succeeded()
    [(_, body)] = exchange.requests
    assert (exchange.targets, body) == ([b"/report"], b"")


async def test_a_message_with_a_path_alone_goes_where_others_go_with_its_body() -> None:
    exchange = ScriptedExchange(OK)
    attributes = {"beanstalk.sqsd.path": MessageAttribute(data_type="String", value="/report")}
    await invoker_over(exchange).invoke(message("{}", **attributes))
    [(headers, body)] = exchange.requests
    assert (exchange.targets, body) == ([None], b"{}")
    assert dict(headers)[b"X-Aws-Sqsd-Path"] == b"/report"


async def test_a_periodic_task_without_a_path_goes_where_messages_go() -> None:
    exchange = ScriptedExchange(OK)
    attributes = periodic()
    del attributes["beanstalk.sqsd.path"]
    await invoker_over(exchange).invoke(message("x", **attributes))
    assert exchange.targets == [None]
    assert exchange.requests[0][1] == b""


@pytest.mark.parametrize("path", ["http://evil.example/", "evil", "", "/" + "x" * 9_000, "/\ud800"])
async def test_a_periodic_task_whose_path_is_none_fails_and_sends_nothing(path: str) -> None:
    exchange = ScriptedExchange(OK)
    outcome = await invoker_over(exchange).invoke(message("x", **periodic(path)))
    assert isinstance(outcome, Failed)
    assert "beanstalk.sqsd.path" in outcome.reason
    assert exchange.requests == []


async def test_a_failure_keeps_the_beginning_of_its_answer_where_it_is_asked_for() -> None:
    exchange = ScriptedExchange(Answer(status=500, headers=[], body=b"no database"))

    kept = await invoker_over(exchange, answers=5).invoke(message())
    silent = await invoker_over(exchange).invoke(message())

    assert kept == Failed("status 500", answer="no da")
    assert silent == Failed("status 500")
